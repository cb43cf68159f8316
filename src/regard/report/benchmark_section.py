"""The part of a page about a benchmark: what to use at which length, how costs grow, all figures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, final

from regard.core.numbers import MINUS
from regard.core.results import BenchmarkResult, BenchmarkRow, Cell, TaskFacts
from regard.core.results.advice import PASSES, Choice, fastest, shape_words
from regard.core.results.benchmark import Quantity, Times
from regard.core.results.benchmark_flat import throughput
from regard.core.results.benchmark_table import GROWING
from regard.core.results.gaps import Gap, gaps
from regard.pages.flatten import flat
from regard.pages.palette import Style
from regard.report.figures.by_length import MEMORY, TIME, draw_by_length
from regard.report.figures.nearness import draw_nearness, nearest_shape
from regard.report.plates import Draw
from regard.report.sections import Section

Shape = tuple[bool, int]


@final
@dataclass(frozen=True, kw_only=True)
class BenchmarkSection(Section):
    """A benchmark on one machine."""

    template: ClassVar[str] = "benchmark.html"

    result: BenchmarkResult

    @property
    def title(self) -> str:
        return "Costs by length"

    @property
    def subtitle(self) -> str:
        """The machine and the sizes."""
        said = self.result.description
        sizes = f"heads {said.get('heads')} × {said.get('key_features')}, batch {said.get('batch')}"
        return f"{self.result.machine}, {said.get('dtype')}, {sizes}"

    @property
    def facts(self) -> TaskFacts | None:
        return None

    @property
    def notes(self) -> tuple[str, ...]:
        return () if self.result.complete else ("interrupted: the same command goes on where it stopped",)

    @property
    def uses(self) -> list[str]:
        """What there is to be fast at, where any of it was timed."""
        return [words for words, choices in self._choices() if any(choices)]

    @property
    def advised(self) -> list[tuple[Shape, list[Choice | None]]]:
        """For every mask and length the fastest for each use."""
        columns = [choices for _, choices in self._choices() if any(choices)]
        rows = [(shape, [column[i] for column in columns]) for i, shape in enumerate(self.result.shapes)]
        return [(shape, choices) for shape, choices in rows if any(choices)]

    @property
    def blind(self) -> list[str]:
        """Those that mix by position alone, and are no choice."""
        return [row.label for row in self.result.rows if not row.reads_content]

    @property
    def measured(self) -> list[tuple[Shape, list[tuple[BenchmarkRow, Cell]]]]:
        """The cells of every mask and length, the longest first."""
        found = [
            (shape, [each for each in self.result.at(shape) if each[1].why is None]) for shape in self.shapes
        ]
        return [(shape, cells) for shape, cells in found if cells]

    @property
    def shapes(self) -> list[Shape]:
        """The longest first, at each length the causal mask last."""
        return sorted(self.result.shapes, key=lambda shape: (-shape[1], shape[0]))

    def growing(self, causal: bool) -> list[tuple[Quantity, str]]:
        """What has exponents under a mask, with its heading."""
        known = {each.quantity for row in self.result.rows for each in row.exponents if each.causal == causal}
        return [(quantity, heading) for quantity, heading, _ in GROWING if quantity in known]

    @property
    def missing(self) -> list[Gap]:
        """What was not measured."""
        return gaps(self.result)

    @property
    def settings(self) -> list[tuple[str, str]]:
        """The description and the versions, one line each."""
        described = {key: value for key, value in self.result.description.items() if key != "contenders"}
        return [*flat(described), *flat(self.result.versions, "versions")]

    def equal(self, times: Times | None, shape: Shape) -> bool:
        """Whether a forward pass is as fast as that of fused softmax, within the noise."""
        row = self.result.row(self.result.fused)
        cell = row.cell(shape) if row else None
        other = cell.forward if cell else None
        if times is None or other is None or times is other:
            return False
        return not (times.beats(other) or other.beats(times))

    def power(self, value: float) -> str:
        """An exponent with two decimals."""
        return f"{value:.2f}".replace("-", MINUS)

    def throughput(self, cell: Cell) -> float | None:
        """Positions per second."""
        return throughput(self.result, cell)

    def words(self, shape: Shape) -> str:
        """A mask and a length."""
        return shape_words(shape)

    def scales(self, shape: Shape) -> Mapping[float, float]:
        """The scales of logits, each with the error of the mean of the values."""
        near = [each for _, cell in self.result.at(shape) for each in cell.nearness]
        return {each.scale: each.mean_error for each in near}

    def error(self, cell: Cell, scale: float) -> float | None:
        """The error at one scale."""
        return next((each.error for each in cell.nearness if each.scale == scale), None)

    def _choices(self) -> list[tuple[str, list[Choice | None]]]:
        result = self.result
        return [(words, [fastest(result, shape, kind) for shape in result.shapes]) for kind, words in PASSES]


def draw_benchmark(
    name: str, result: BenchmarkResult, looks: Mapping[str, Style]
) -> Iterator[tuple[str, Draw]]:
    """All figures of a benchmark by kind, each drawn when it is called."""
    for causal in result.masks:
        # one length makes no line
        if any(len(_timed(row, causal)) > 1 for row in result.rows):
            mask = "causal" if causal else "open"
            for kind, subject in (("times", TIME), ("memory", MEMORY)):
                drawn = partial(draw_by_length, f"{name}-{kind}-{mask}", subject, result, causal, looks)
                yield f"{kind}_{mask}", drawn
    if nearest_shape(result):
        yield "nearness", partial(draw_nearness, f"{name}-nearness", result, looks)


def _timed(row: BenchmarkRow, causal: bool) -> list[int]:
    return [cell.length for cell in row.cells if cell.causal == causal and cell.forward]
