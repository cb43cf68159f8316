"""Times and memory by length: one small panel per mechanism, with all the others in gray behind it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from regard.core.numbers import brief, significant
from regard.core.results import BenchmarkResult, BenchmarkRow
from regard.core.results.benchmark import Quantity
from regard.pages.canvas import BEHIND, GHOST, INK, MUTED, RULE, Drawing, Margins, Panel, Sheet, look
from regard.pages.marks import round_marks
from regard.pages.palette import Style
from regard.pages.plotting import Axes, LineCollection
from regard.pages.rows import shortened

SIZE = (216.0, 168.0)
MARGINS = Margins(left=50, right=12, top=26, bottom=24)
COLUMNS = 5
TICKS = 5

Points = list[tuple[float, float]]
"""Logarithms to base 10 of length and milliseconds."""


@final
@dataclass(frozen=True)
class Subject:
    """What is drawn by length: a quantity of forward passes, and the same with the backward pass."""

    title: str
    forward: Quantity
    training: Quantity
    words: str
    unit: str


TIME = Subject("Time by length", "forward", "training", "Milliseconds", " ms")
MEMORY = Subject("Memory by length", "forward_bytes", "training_bytes", "Bytes alive at once", "B")


@final
@dataclass(frozen=True)
class Line:
    """What one panel shows of a mechanism."""

    row: BenchmarkRow
    forward: Points
    training: Points
    spread: list[tuple[float, float, float]]
    """Of the time of a forward pass: length, fastest and slowest round."""


def draw_by_length(
    name: str, subject: Subject, result: BenchmarkResult, causal: bool, styles: Mapping[str, Style]
) -> Drawing:
    """What a forward pass takes, and one with its backward pass, by length."""
    lines = [line for row in result.rows if (line := _line(row, subject, causal)).forward]
    with look():
        sheet = Sheet(max(len(lines), 1), COLUMNS, SIZE, MARGINS)
        panels = tuple(_panel(sheet, i, subject, lines, result, styles) for i in range(len(lines)))
    mask = "under a causal mask" if causal else "without a mask"
    band = ", with a band from the fastest to the slowest round" if subject is TIME else ""
    caption = (
        f"{subject.words} by length, {mask}; both scales are logarithmic. Solid is a forward pass{band}; "
        "dashed is one with its backward pass. Gray are the forward passes of the others, and the strong one "
        "is that of fused softmax: below it is cheaper."
    )
    title = f"{subject.title}, {'causal' if causal else 'not causal'}"
    return Drawing(name, title, caption, sheet.figure, panels)


def _line(row: BenchmarkRow, subject: Subject, causal: bool) -> Line:
    cells = sorted((cell for cell in row.cells if cell.causal == causal), key=lambda cell: cell.length)

    def points(quantity: Quantity) -> Points:
        known = [(cell.length, cell.value(quantity)) for cell in cells]
        return [(math.log10(n), math.log10(value)) for n, value in known if value]

    timed = [(cell.length, cell.forward) for cell in cells if subject is TIME]
    spread = [(math.log10(n), math.log10(t.low_ms), math.log10(t.high_ms)) for n, t in timed if t]
    return Line(row, points(subject.forward), points(subject.training), spread)


def _panel(
    sheet: Sheet,
    i: int,
    subject: Subject,
    lines: Sequence[Line],
    result: BenchmarkResult,
    styles: Mapping[str, Style],
) -> Panel:
    line, style = lines[i], styles[lines[i].row.label]
    panel = sheet.panel(i, _alt(line, subject))
    axes = panel.axes
    _frame(axes, line, style)
    _scales(axes, lines, result.lengths, subject.unit)
    _behind(axes, lines, result)
    if len(line.spread) > 1:
        x, low, high = zip(*line.spread, strict=True)
        axes.fill_between(x, low, high, color=style.color, alpha=0.25, linewidth=0, zorder=2)
    axes.plot(*zip(*line.forward, strict=True), style.shape, linestyle="-", color=style.color, linewidth=2,
              markersize=4, mew=0, zorder=3)  # fmt: skip
    if line.training:
        axes.plot(*zip(*line.training, strict=True), color=style.color, linewidth=1.2, dashes=(2, 1.5),
                  zorder=3)  # fmt: skip
    return panel


def _frame(axes: Axes, line: Line, style: Style) -> None:
    """The panel's name with its mark."""
    axes.annotate(shortened(line.row.label, 26), (0, 1), (12, 8), xycoords="axes fraction", fontsize=11,
                  textcoords="offset points", fontweight="bold", color=INK)  # fmt: skip
    inner = (SIZE[0] - MARGINS.left - MARGINS.right, SIZE[1] - MARGINS.top - MARGINS.bottom)
    axes.plot([4 / inner[0]], [1 + 12 / inner[1]], style.shape, color=style.color, markersize=7, mew=0,
              transform=axes.transAxes, clip_on=False)  # fmt: skip
    axes.grid(axis="y", color=RULE, linewidth=1)
    axes.set_axisbelow(True)


def _scales(axes: Axes, lines: Sequence[Line], lengths: Sequence[int], unit: str) -> None:
    """The same for all panels; ticks stand at lengths that were measured."""
    points = [point for line in lines for point in (*line.forward, *line.training)]
    (left, right), (low, high) = (_limits(values) for values in zip(*points, strict=True))
    axes.set_xlim(left, right)
    axes.set_ylim(low, high)
    shown = lengths[:: math.ceil(len(lengths) / TICKS)]
    axes.set_xticks([math.log10(n) for n in shown], [_length(n) for n in shown])
    marks = round_marks(low, high, TICKS)
    axes.set_yticks([math.log10(mark) for mark in marks], [brief(mark) + unit for mark in marks])


def _limits(values: Sequence[float]) -> tuple[float, float]:
    pad = max(0.06 * (max(values) - min(values)), 0.02)
    return min(values) - pad, max(values) + pad


def _length(n: int) -> str:
    """`256`, `16k` for 16,384."""
    return f"{n // 1024}k" if n % 1024 == 0 else str(n)


def _behind(axes: Axes, lines: Sequence[Line], result: BenchmarkResult) -> None:
    fused = [line.row.label == result.fused for line in lines]
    gray = LineCollection(
        [line.forward for line in lines],
        colors=[MUTED if each else GHOST for each in fused],
        linewidths=[1.4 if each else 0.8 for each in fused],
        alpha=0.8,
        zorder=1.5,
    )
    gray.set_gid(f"{axes.get_gid()}{BEHIND}")
    axes.add_collection(gray)


def _alt(line: Line, subject: Subject) -> str:
    ends = (line.forward[0], line.forward[-1])
    said = [f"{significant(10**y)}{subject.unit} at length {round(10**x)}" for x, y in ends]
    return f"{line.row.label}: a forward pass takes {' and '.join(dict.fromkeys(said))}."
