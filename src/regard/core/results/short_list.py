"""Which mechanisms a budget of time allows, and what they claim."""

from dataclasses import dataclass
from typing import Literal, final

from regard.core.numbers import memory, significant
from regard.core.results.benchmark import BenchmarkResult, BenchmarkRow, Cell

EXACT = 1e-5
"""The largest relative error of what counts as softmax itself."""

Place = Literal["within", "on the border", "beyond"]


@final
@dataclass(frozen=True)
class Candidate:
    """A mechanism at one length, held against the budget."""

    row: BenchmarkRow
    cell: Cell
    place: Place

    @property
    def nature(self) -> str:
        """Whether it is softmax, approximates it, or is something else."""
        if not self.row.reads_content:
            return "mixes by position alone"
        if not self.cell.nearness:
            return "another function"
        near = self.cell.nearness[0]
        if near.error <= EXACT or self.row.mechanism == "softmax":
            return "softmax"
        error, mean = significant(near.error, 2), significant(near.mean_error, 2)
        if near.error < near.mean_error:
            return f"near softmax, error {error}"
        return f"farther from softmax ({error}) than the mean of the values ({mean})"

    @property
    def claims(self) -> str:
        """What it computes and what it declares, in words."""
        said = {"causal": "causal", "streaming": "streams", "fixed_length": "of fixed length"}
        declared = (word for trait, word in said.items() if self.row.traits.get(trait))
        return ", ".join([self.nature, *declared])

    @property
    def cost(self) -> tuple[str, str, str]:
        """The time in milliseconds, its range over the rounds, and the memory."""
        times = self.cell.forward
        assert times is not None  # what was not timed is no candidate
        between = f"[{significant(times.low_ms)}, {significant(times.high_ms)}]"
        return significant(times.median_ms), between, memory(self.cell.forward_bytes)


def short_list(result: BenchmarkResult, shape: tuple[bool, int], budget_ms: float) -> list[Candidate]:
    """All that were timed, the fastest first. Those whose slowest round keeps the budget are within it, those
    whose fastest round does not are beyond it."""
    return [
        Candidate(row, cell, _place(cell.forward.low_ms, cell.forward.high_ms, budget_ms))
        for row, cell in result.at(shape)
        if cell.forward is not None
    ]


def _place(low: float, high: float, budget: float) -> Place:
    if high <= budget:
        return "within"
    return "beyond" if low > budget else "on the border"
