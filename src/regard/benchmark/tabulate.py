"""From cells to the result: exponents and crossovers are found here, from the cells that there are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

from regard.benchmark.benchmark import FUSED, UNFUSED, Benchmark, Contender
from regard.benchmark.conduct import Cells
from regard.core.results.benchmark import (
    BenchmarkResult,
    BenchmarkRow,
    Cell,
    Crossover,
    Exponent,
    Pass,
    Quantity,
    Times,
)
from regard.core.results.comparison import LeftOut
from regard.core.user_file import short
from regard.measures.growth import ASYMPTOTIC, Range, crossing_of, power_of

FITTED: tuple[Quantity, ...] = (
    "forward",
    "training",
    "step",
    "forward_bytes",
    "training_bytes",
    "state_bytes",
    "flops",
)
TIMED: tuple[Pass, ...] = ("forward", "training", "step")


@final
@dataclass(frozen=True)
class Facts:
    """What is known of a benchmark beside its cells."""

    digest: str
    versions: Mapping[str, Any]
    natures: Mapping[Contender, Mapping[str, Any]]
    """Source, claims and whether it reads content, of every contender."""
    memory_method: str | None = None
    left_out: Sequence[LeftOut] = field(default=())


def tabulate(benchmark: Benchmark, cells: Cells, facts: Facts) -> BenchmarkResult:
    """The result, as far as cells are known."""
    called = benchmark.labels
    by_row = {
        contender: tuple(cells[contender, shape] for shape in benchmark.shapes if (contender, shape) in cells)
        for contender in benchmark.contenders
    }
    rows = tuple(
        BenchmarkRow(
            label=called[contender],
            mechanism=short(contender.spec.name),
            spec=contender.spec,
            form=contender.form,
            **facts.natures.get(contender, {}),
            cells=by_row[contender],
            exponents=tuple(_exponents(by_row[contender], benchmark.causal)),
            crossovers=tuple(
                crossover
                for other in (FUSED, UNFUSED)
                if contender not in (FUSED, other)
                for crossover in _crossovers(
                    by_row[contender], called[other], by_row[other], benchmark.causal
                )
            ),
        )
        for contender in benchmark.contenders
    )
    return BenchmarkResult(
        digest=facts.digest,
        lengths=benchmark.lengths,
        masks=benchmark.causal,
        fused=called[FUSED],
        plain=called[UNFUSED],
        rows=rows,
        batch=benchmark.batch,
        complete=all(len(row.cells) == len(benchmark.shapes) for row in rows),
        left_out=tuple(facts.left_out),
        memory_method=facts.memory_method,
        description=benchmark.to_json(),
        versions=facts.versions,
    )


def _exponents(cells: Sequence[Cell], masks: Sequence[bool]) -> Iterator[Exponent]:
    for causal in masks:
        for quantity in FITTED:
            points = {
                cell.length: value
                for cell in cells
                if cell.causal == causal and cell.length >= ASYMPTOTIC and (value := cell.value(quantity))
            }
            power = power_of(points)
            if power is not None:
                yield Exponent(
                    causal=causal,
                    quantity=quantity,
                    exponent=power.exponent,
                    low=power.low,
                    high=power.high,
                    lengths=tuple(points),
                )


def _crossovers(
    own: Sequence[Cell], against: str, other: Sequence[Cell], masks: Sequence[bool]
) -> Iterator[Crossover]:
    for causal in masks:
        for quantity in TIMED:
            found = crossing_of(_ranges(own, quantity, causal), _ranges(other, quantity, causal))
            if found is not None:
                yield Crossover(
                    causal=causal,
                    quantity=quantity,
                    against=against,
                    length=found.length,
                    interpolated=found.interpolated,
                    up_to=found.up_to,
                )


def _ranges(cells: Sequence[Cell], quantity: Pass, causal: bool) -> dict[int, Range]:
    times: dict[int, Times | None] = {c.length: getattr(c, quantity) for c in cells if c.causal == causal}
    return {n: Range(t.median_ms, t.low_ms, t.high_ms) for n, t in times.items() if t is not None}
