"""Which mechanisms a budget of time allows, and what they claim."""

from dataclasses import dataclass
from typing import Literal, final

from regard.core.numbers import NONE, memory, significant
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
            return "reads neither queries nor keys"
        if not self.cell.nearness:
            return "another function"
        near = self.cell.nearness[0]
        if near.error <= EXACT or self.row.mechanism == "softmax":
            return "softmax"
        than = "" if near.error < near.mean_error else ", no nearer than the mean of the values"
        return f"softmax but for {significant(near.error, 2)}{than}"

    @property
    def claims(self) -> str:
        """What it declares, in words."""
        said = {
            "causal": "causal",
            "streaming": "streams",
            "padding": "padding",
            "fixed_length": "fixed length",
        }
        return ", ".join(word for trait, word in said.items() if self.row.traits.get(trait)) or NONE

    @property
    def cost(self) -> str:
        """Time with its range, and memory."""
        times = self.cell.forward
        if times is None:
            return NONE
        between = f"[{significant(times.low_ms)}, {significant(times.high_ms)}]"
        return f"{significant(times.median_ms)} ms {between}, {memory(self.cell.forward_bytes)}"


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
