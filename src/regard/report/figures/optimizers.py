"""Optimizers compared: fit beside generalization, and how both rose with what training cost."""

import bisect
import math
from collections.abc import Mapping, Sequence

from regard.core.numbers import brief, percent, significant
from regard.core.results.optimizers import Course, Group, Mean, OptimizerRow, OptimizersResult
from regard.pages.canvas import BEHIND, GHOST, INK, MUTED, RULE, Drawing, Margins, Panel, Sheet, look
from regard.pages.marks import round_marks
from regard.pages.palette import Style
from regard.pages.plotting import Axes, LineCollection
from regard.pages.rows import FOOT, HEAD, NAMES, ROW, beside, heading, name_rows, shortened

WIDTH = 400.0
SIZE = (236.0, 168.0)
MARGINS = Margins(left=44, right=12, top=26, bottom=24)
COLUMNS = 4

Points = list[tuple[float, float]]
"""Logarithms to base 10 of a cost, and a value."""


def draw_fit(name: str, result: OptimizersResult, group: Group, looks: Mapping[str, Style]) -> Drawing:
    """Fit in one panel and generalization in the other, a row for each optimizer."""
    room = Margins(NAMES, 96, HEAD, FOOT)
    sides = (
        ("Fit: training data", [row.at_budget.fit for row in group.rows]),
        ("Generalization: test data", [row.test for row in group.rows]),
    )
    with look():
        sheet = Sheet(2, 2, (WIDTH, HEAD + ROW * len(group.rows) + FOOT), room)
        panels = []
        for i, (words, means) in enumerate(sides):
            panel = sheet.panel(i, _row_alt(words, group.rows, means))
            _rows(panel.axes, words, group.rows, means, looks)
            panel.axes.axvline(result.task.chance, color=MUTED, linewidth=1, dashes=(4, 3), zorder=1)
            panels.append(panel)
    caption = (
        f"Means over seeds with 95 % intervals, of {result.task.metric}; the "
        f"dashed line is chance ({percent(result.task.chance)}). Fit is that of the weights at the end of "
        "the budget, generalization that of the weights that did best on validation data."
    )
    return Drawing(name, "Fit and generalization at the equal budget", caption, sheet.figure, tuple(panels))


def draw_by_cost(name: str, group: Group, looks: Mapping[str, Style]) -> Drawing:
    """Scores on training data (solid) and on validation data (dashed) by forward-equivalents."""
    fit = [_mean_curve(row.courses, "scores") for row in group.rows]
    held_out = [_mean_curve(row.courses, "validation") for row in group.rows]
    with look():
        panels, sheet = _panels(group, looks, fit, held_out, log=False)
    caption = (
        "Score by forward-equivalents on a logarithmic scale, the mean over seeds: solid on training data, "
        "dashed on validation data; gray are the solid lines of the others."
    )
    return Drawing(name, "What a score costs", caption, sheet.figure, panels)


def draw_loss_by_cost(name: str, group: Group, looks: Mapping[str, Style]) -> Drawing:
    """The training loss by forward-equivalents, with the equal training loss."""
    losses = [_mean_curve(row.courses, "losses") for row in group.rows]
    with look():
        panels, sheet = _panels(group, looks, losses, [[] for _ in losses], log=True)
        if group.level:
            for panel in panels:
                panel.axes.axhline(math.log10(group.level), color=MUTED, linewidth=1, dashes=(4, 3), zorder=1)
    dashed = (
        f" The dashed line is the equal training loss, {significant(group.level)}." if group.level else ""
    )
    caption = (
        f"Training loss by forward-equivalents, the mean over seeds; both scales are logarithmic.{dashed}"
    )
    return Drawing(name, "How fast the loss falls", caption, sheet.figure, panels)


def _mean_curve(courses: Sequence[Course], quantity: str) -> Points:
    """The mean over seeds at the costs of the first one: of each seed the last value by then."""
    known = [course for course in courses if course.costs]
    if not known:
        return []
    start = max(course.costs[0] for course in known)
    points = []
    for cost in known[0].costs:
        if cost < start:
            continue
        values = [getattr(each, quantity)[bisect.bisect_right(each.costs, cost) - 1] for each in known]
        points.append((math.log10(cost), math.fsum(values) / len(values)))
    return points


def _panels(
    group: Group, looks: Mapping[str, Style], solid: list[Points], dashed: list[Points], *, log: bool
) -> tuple[tuple[Panel, ...], Sheet]:
    if log:
        solid = [[(x, math.log10(max(y, 1e-12))) for x, y in points] for points in solid]
    sheet = Sheet(len(group.rows), COLUMNS, SIZE, MARGINS)
    panels = []
    for i, row in enumerate(group.rows):
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
        shares = [i / 10 for i in range(11) if low <= i / 10 <= high]
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


def _rows(
    axes: Axes,
    words: str,
    rows: Sequence[OptimizerRow],
    means: Sequence[Mean | None],
    looks: Mapping[str, Style],
) -> None:
    name_rows(axes, [row.label for row in rows], [rows[0].label])
    heading(axes, words)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    for y, (row, mean) in enumerate(zip(rows, means, strict=True)):
        style = looks[row.label]
        if mean is None:
            beside(axes, y, "no seed finished", MUTED)
            continue
        if mean.interval:
            axes.hlines([y], *mean.interval, color=style.color, alpha=0.4, linewidth=4, zorder=2)
        axes.plot([mean.mean], [y], style.shape, color=style.color, markersize=8, mew=0, zorder=3)
        beside(axes, y, percent(mean.mean))


def _row_alt(words: str, rows: Sequence[OptimizerRow], means: Sequence[Mean | None]) -> str:
    said = [
        f"{row.label} {percent(mean.mean) if mean else 'none'}" for row, mean in zip(rows, means, strict=True)
    ]
    return f"{words}: {', '.join(said)}."


def _curve_alt(row: OptimizerRow, points: Points, *, log: bool) -> str:
    if not points:
        return f"{row.label}: nothing was measured."
    first, last = (significant(10 ** points[i][1]) if log else percent(points[i][1]) for i in (0, -1))
    what = "mean training loss" if log else "mean score on training data"
    return f"{row.label}: {what} from {first} to {last}."
