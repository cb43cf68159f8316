"""Optimizers compared: fit beside generalization."""

from collections.abc import Mapping, Sequence

from regard.core.numbers import percent
from regard.core.results.optimizers import Group, Mean, OptimizerRow, OptimizersResult
from regard.pages.canvas import MUTED, Drawing, Margins, Sheet, look
from regard.pages.palette import Style
from regard.pages.plotting import Axes
from regard.pages.rows import FOOT, HEAD, NAMES, ROW, beside, heading, name_rows

WIDTH = 400.0


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
