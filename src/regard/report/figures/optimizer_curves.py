"""Optimizers compared: how scores rose and losses fell with what training cost."""

import bisect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from regard.core.numbers import brief, percent, significant
from regard.core.results.optimizers import Course, Group, OptimizerRow
from regard.pages.canvas import BEHIND, GHOST, INK, MUTED, RULE, Drawing, Margins, Panel, Sheet, look
from regard.pages.marks import round_marks
from regard.pages.palette import Style
from regard.pages.plotting import Axes, LineCollection
from regard.pages.rows import shortened

SIZE = (236.0, 168.0)
MARGINS = Margins(left=44, right=12, top=26, bottom=24)
COLUMNS = 4

Points = list[tuple[float, float]]
"""Logarithms to base 10 of what training cost, and a value."""


@final
@dataclass(frozen=True)
class Against:
    """What curves are drawn against."""

    name: str
    column: str
    """Of a `Course`."""
    words: str
    remark: str = ""

    def rows(self, group: Group) -> tuple[OptimizerRow, ...]:
        """The optimizers of a group that have it: not all make moves that are accepted or not."""
        return tuple(row for row in group.rows if any(getattr(each, self.column) for each in row.courses))


ALL_AGAINST = (
    Against("cost", "costs", "forward-equivalents"),
    Against(
        "time",
        "seconds",
        "seconds of training",
        " Evaluations are left out; whatever else the machine did is not.",
    ),
    Against("moves", "accepted", "accepted moves", " Only optimizers that count moves are shown."),
)


def draw_scores(name: str, group: Group, looks: Mapping[str, Style], against: Against) -> Drawing:
    """Scores on training data (solid) and on validation data (dashed) by what training cost."""
    rows = against.rows(group)
    fit = [_mean_curve(row.courses, "scores", against) for row in rows]
    held_out = [_mean_curve(row.courses, "validation", against) for row in rows]
    with look():
        panels, sheet = _panels(rows, looks, fit, held_out, log=False)
    caption = (
        f"Score by {against.words} on a logarithmic scale, the mean over seeds: solid on training data, "
        f"dashed on validation data; gray are the solid lines of the others.{against.remark}"
    )
    return Drawing(name, f"What a score costs in {against.words}", caption, sheet.figure, panels)


def draw_losses(name: str, group: Group, looks: Mapping[str, Style], against: Against) -> Drawing:
    """The training loss by what training cost, with the equal training loss."""
    rows = against.rows(group)
    losses = [_mean_curve(row.courses, "losses", against) for row in rows]
    with look():
        panels, sheet = _panels(rows, looks, losses, [[] for _ in losses], log=True)
        if group.level:
            for panel in panels:
                panel.axes.axhline(math.log10(group.level), color=MUTED, linewidth=1, dashes=(4, 3), zorder=1)
    dashed = (
        f" The dashed line is the equal training loss, {significant(group.level)}." if group.level else ""
    )
    caption = (
        f"Training loss by {against.words}, the mean over seeds; both scales are "
        f"logarithmic.{dashed}{against.remark}"
    )
    return Drawing(name, f"What a loss costs in {against.words}", caption, sheet.figure, panels)


def _mean_curve(courses: Sequence[Course], quantity: str, against: Against) -> Points:
    """The mean over seeds where the first one was evaluated, of each seed the last value by then; as far as
    all seeds go.
    """
    known = [(getattr(course, against.column), getattr(course, quantity)) for course in courses]
    known = [(along, values) for along, values in known if along]
    if not known:
        return []
    start, end = max(along[0] for along, _ in known), min(along[-1] for along, _ in known)
    places = [at for at in dict.fromkeys(known[0][0]) if start <= at <= end and at > 0]
    found = [[values[bisect.bisect_right(along, at) - 1] for along, values in known] for at in places]
    return [
        (math.log10(at), math.fsum(values) / len(values)) for at, values in zip(places, found, strict=True)
    ]


def _panels(
    rows: Sequence[OptimizerRow],
    looks: Mapping[str, Style],
    solid: list[Points],
    dashed: list[Points],
    *,
    log: bool,
) -> tuple[tuple[Panel, ...], Sheet]:
    if log:
        solid = [[(x, math.log10(max(y, 1e-12))) for x, y in points] for points in solid]
    sheet = Sheet(len(rows), COLUMNS, SIZE, MARGINS)
    panels = []
    for i, row in enumerate(rows):
        panel = sheet.panel(i, _curve_alt(row, solid[i], log=log))
        _frame(panel.axes, row, looks[row.label], solid)
        _scales(panel.axes, [*solid, *dashed], log=log)
        _line(panel.axes, solid[i], looks[row.label], dashes=None)
        _line(panel.axes, dashed[i], looks[row.label], dashes=(2, 1.5))
        panels.append(panel)
    return tuple(panels), sheet


def _frame(axes: Axes, row: OptimizerRow, style: Style, others: Sequence[Points]) -> None:
    axes.annotate(shortened(row.label, 26), (0, 1), (12, 8), xycoords="axes fraction", fontsize=11,
                  textcoords="offset points", fontweight="bold", color=INK)  # fmt: skip
    inner = (SIZE[0] - MARGINS.left - MARGINS.right, SIZE[1] - MARGINS.top - MARGINS.bottom)
    axes.plot([4 / inner[0]], [1 + 12 / inner[1]], style.shape, color=style.color, markersize=7, mew=0,
              transform=axes.transAxes, clip_on=False)  # fmt: skip
    axes.grid(axis="y", color=RULE, linewidth=1)
    axes.set_axisbelow(True)
    gray = LineCollection([points for points in others if points], colors=GHOST, linewidths=0.8, alpha=0.8,
                          zorder=1.5)  # fmt: skip
    gray.set_gid(f"{axes.get_gid()}{BEHIND}")
    axes.add_collection(gray)


def _scales(axes: Axes, curves: Sequence[Points], *, log: bool) -> None:
    """The same for all panels."""
    points = [point for curve in curves for point in curve] or [(0.0, 0.0)]
    (left, right), (low, high) = (_limits(values) for values in zip(*points, strict=True))
    axes.set_xlim(left, right)
    axes.set_ylim(low, high)
    marks = round_marks(left, right, 4)
    axes.set_xticks([math.log10(mark) for mark in marks], [brief(mark) for mark in marks])
    if log:
        marks = round_marks(low, high, 4)
        axes.set_yticks([math.log10(mark) for mark in marks], [brief(mark) for mark in marks])
    else:
        step = 1 if high - low < 0.55 else 2
        shares = [i / 10 for i in range(0, 11, step) if low <= i / 10 <= high]
        axes.set_yticks(shares, [percent(share, digits=0) for share in shares])


def _limits(values: Sequence[float]) -> tuple[float, float]:
    pad = max(0.06 * (max(values) - min(values)), 0.02)
    return min(values) - pad, max(values) + pad


def _line(axes: Axes, points: Points, style: Style, dashes: tuple[float, float] | None) -> None:
    if not points:
        return
    x, y = zip(*points, strict=True)
    if dashes is None:
        axes.plot(x, y, color=style.color, linewidth=2, zorder=3)
    else:
        axes.plot(x, y, color=style.color, linewidth=1.2, dashes=dashes, zorder=3)


def _curve_alt(row: OptimizerRow, points: Points, *, log: bool) -> str:
    if not points:
        return f"{row.label}: nothing was measured."
    first, last = (significant(10 ** points[i][1]) if log else percent(points[i][1]) for i in (0, -1))
    what = "mean training loss" if log else "mean score on training data"
    return f"{row.label}: {what} from {first} to {last}."
