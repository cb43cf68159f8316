"""How near outputs are to exact softmax: one row per mechanism or budget, one panel per scale of logits."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from regard.core.numbers import significant
from regard.core.results import BenchmarkResult, BenchmarkRow
from regard.core.results.advice import shape_words
from regard.core.results.benchmark import Cell, Nearness
from regard.pages.canvas import MUTED, Drawing, Margins, Panel, Sheet, look
from regard.pages.marks import round_marks
from regard.pages.palette import Style
from regard.pages.rows import FOOT, HEAD, NAMES, ROW, beside, heading, name_rows

WIDTH = 400.0
FINEST = 1e-3
"""Smaller errors are drawn as this: what matters is where approximations lie."""

ROOM = 90.0
"""At the right, for the error and the time that it takes."""


@final
@dataclass(frozen=True)
class Point:
    """The error of one mechanism at one scale, and what it costs."""

    row: BenchmarkRow
    cell: Cell
    near: Nearness


def nearest_shape(result: BenchmarkResult) -> tuple[bool, int] | None:
    """The longest length at which most can be compared with softmax; None where nothing can be."""
    counted = [
        (sum(bool(cell.nearness) for _, cell in result.at(shape)), shape[1], not shape[0], shape)
        for shape in result.shapes
    ]
    most, *_, shape = max(counted, key=lambda each: each[:3], default=(0, 0, False, (False, 0)))
    return shape if most else None


def draw_nearness(name: str, result: BenchmarkResult, styles: Mapping[str, Style]) -> Drawing:
    """Relative errors, the smallest on top, beside that of the plain mean of the values."""
    shape = nearest_shape(result)
    found = [(row, cell) for row, cell in result.at(shape) if cell.nearness] if shape else []
    scales = list(dict.fromkeys(near.scale for _, cell in found for near in cell.nearness))
    with look():
        height = HEAD + ROW * max(len(found), 1) + FOOT
        sheet = Sheet(max(len(scales), 1), 2, (WIDTH, height), Margins(NAMES, ROOM, HEAD, FOOT))
        panels = tuple(_panel(sheet, i, scale, found, styles) for i, scale in enumerate(scales))
    where = shape_words(shape) if shape else "nowhere"
    caption = (
        f"Relative error against exact softmax in float64, on normal queries, keys and values, {where}. "
        f"Left is nearer; the scale is logarithmic, and what is below {FINEST:g} stands at its end. "
        "The dashed line is the error of the plain mean of the values: what lies beyond it approximates "
        "nothing. At the right the error, and what a forward pass takes. A mechanism with several budgets "
        "has a row for each."
    )
    return Drawing(name, "How near to softmax", caption, sheet.figure, panels)


def _panel(
    sheet: Sheet,
    i: int,
    scale: float,
    found: Sequence[tuple[BenchmarkRow, Cell]],
    styles: Mapping[str, Style],
) -> Panel:
    points = [Point(row, cell, near) for row, cell in found for near in cell.nearness if near.scale == scale]
    points.sort(key=lambda point: (point.near.error, point.row.label))
    panel = sheet.panel(i, _alt(scale, points))
    axes = panel.axes
    name_rows(axes, [point.row.label for point in points])
    heading(axes, f"Error at a deviation of the logits of {scale:g}")
    errors = [_place(each) for point in points for each in (point.near.error, point.near.mean_error)]
    low, high = min(errors), max(errors)
    pad = max(0.06 * (high - low), 0.1)
    axes.set_xlim(low - pad, high + pad)
    marks = round_marks(low - pad, high + pad, 5)
    axes.set_xticks([math.log10(mark) for mark in marks], [f"{mark:g}" for mark in marks])
    axes.axvline(_place(points[0].near.mean_error), color=MUTED, linewidth=1, dashes=(4, 3), zorder=1)
    for y, point in enumerate(points):
        style = styles[point.row.label]
        x = _place(point.near.error)
        axes.plot([x], [y], style.shape, color=style.color, markersize=8, mew=0, zorder=3)
        beside(axes, y, _said(point))
    return panel


def _place(error: float) -> float:
    return math.log10(max(error, FINEST))


def _said(point: Point) -> str:
    times = point.cell.forward
    return significant(point.near.error, 2) + (f", {significant(times.median_ms)} ms" if times else "")


def _alt(scale: float, points: Sequence[Point]) -> str:
    said = ", ".join(f"{point.row.label} {significant(point.near.error, 2)}" for point in points)
    mean = significant(points[0].near.mean_error, 2)
    return f"Relative errors at logits of deviation {scale:g}: {said}; the mean of the values {mean}."
