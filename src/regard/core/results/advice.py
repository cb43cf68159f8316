"""What a benchmark says to whoever has to choose: at this length, on this machine, use that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from regard.core.numbers import significant
from regard.core.results.benchmark import BenchmarkResult, BenchmarkRow, Cell, Pass, Times

PASSES: tuple[tuple[Pass, str], ...] = (
    ("forward", "forward"),
    ("training", "to train"),
    ("step", "to write step by step"),
)

NAMED = 3
"""Mechanisms that a line names before it only counts."""


@final
@dataclass(frozen=True)
class Choice:
    """Whom a pass is fastest with, and who is as fast within the noise."""

    row: BenchmarkRow
    times: Times
    equal: tuple[str, ...]
    """Labels of others whose ranges overlap with it."""
    times_as_fast: float | None
    """As fused softmax; None where that is as fast, or was not timed."""

    def __str__(self) -> str:
        gain = (
            ""
            if self.times_as_fast is None
            else f", {significant(self.times_as_fast, 2)} times as fast as softmax"
        )
        equal = f"; as fast: {_named(self.equal)}" if self.equal else ""
        return f"{self.row.label} ({significant(self.times.median_ms)} ms{gain}{equal})"


def advice(result: BenchmarkResult) -> list[str]:
    """A line for every mask and length: the fastest for each use."""
    lines = []
    for shape in result.shapes:
        found = [(words, fastest(result, shape, kind)) for kind, words in PASSES]
        parts = [f"{words} {choice}" for words, choice in found if choice]
        if parts:
            lines.append(f"{shape_words(shape)}: {', '.join(parts)}.")
    blind = [row.label for row in result.rows if not row.reads_content]
    if blind:
        lines.append(f"Not advised, as they mix by position alone: {', '.join(blind)}.")
    return [f"Fastest on this machine, {result.machine}:", *lines]


def fastest(result: BenchmarkResult, shape: tuple[bool, int], kind: Pass) -> Choice | None:
    """The fastest of those that do not mix by position alone; None where nobody was timed."""
    timed = [
        (times, row)
        for row, cell in result.at(shape)
        if row.reads_content and (times := _times(cell, kind)) is not None
    ]
    if not timed:
        return None
    best, row = min(timed, key=lambda pair: pair[0].median_ms)
    equal = tuple(other.label for times, other in timed if other is not row and not best.beats(times))
    no_faster = best.ratio is None or result.fused in (row.label, *equal)
    return Choice(row, best, equal, None if no_faster or best.ratio is None else 1 / best.ratio)


def shape_words(shape: tuple[bool, int]) -> str:
    """A mask and a length in words."""
    return f"{shape[1]} positions, {'causal' if shape[0] else 'not causal'}"


def _times(cell: Cell, kind: Pass) -> Times | None:
    found: Times | None = getattr(cell, kind)
    return found


def _named(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - NAMED} more" if len(labels) > NAMED else ""
    return ", ".join(labels[:NAMED]) + more
