"""Who wins: every mechanism's test score, and its difference from the baseline beside the margin."""

from collections.abc import Mapping

from regard.core.numbers import distance, percent, points
from regard.core.results import ComparisonResult, Difference, Row
from regard.pages.canvas import GHOST, MUTED, RULE, Drawing, Margins, Sheet, look
from regard.pages.palette import Style
from regard.pages.plotting import Axes
from regard.pages.rows import FOOT, HEAD, NAMES, ROW, beside, heading, shortened
from regard.pages.scale import Scale
from regard.report.figures.rows import name_mechanisms

WIDTH = 400.0


def draw_scores(name: str, result: ComparisonResult, styles: Mapping[str, Style]) -> Drawing:
    """Two panels with a row per mechanism, from the best to the worst."""
    metric = result.task.metric
    height = HEAD + ROW * len(result.rows) + FOOT
    with look():
        sheet = Sheet(2, 2, (WIDTH, height), Margins(NAMES, 68, HEAD, FOOT))
        left = sheet.panel(0, _score_alt(result))
        right = sheet.panel(1, _difference_alt(result))
        _draw_scores(left.axes, result, styles)
        _draw_differences(right.axes, result, styles)
    return Drawing(
        name=name,
        title="Who wins",
        caption=(
            f"First: test {metric}; the large mark is the mean, the line its 95 % interval, the small marks "
            "below are single seeds. The scale widens toward 100 %. Second: the mean minus the baseline's, "
            "with its interval at the level of the verdict, so that what leaves out 0 is a difference; the "
            f"gray strip is the margin of ±{distance(result.margin)} within which two mechanisms count as "
            "equivalent. An arrow points to what lies outside the picture."
        ),
        figure=sheet.figure,
        panels=(left, right),
    )


def _draw_scores(axes: Axes, result: ComparisonResult, styles: Mapping[str, Style]) -> None:
    rows = result.ranked
    name_mechanisms(axes, result)
    heading(axes, f"Test {result.task.metric}")
    scale = Scale.of(score for row in rows for score in row.scores)
    _levels(axes, result, scale)
    for y, row in enumerate(rows):
        beside(axes, y, percent(row.mean))
        if row.mean is None:
            axes.text(axes.get_xlim()[0], y, "  no seed finished", color=MUTED, fontsize=10, va="center")
        else:
            _score(axes, y, row, styles[row.label], scale)


def _levels(axes: Axes, result: ComparisonResult, scale: Scale) -> None:
    """The axis of scores, with chance and ceiling."""
    task = result.task
    seen = [score for row in result.rows for score in (*row.scores, *(row.interval or ()))]
    low, high = scale.limits([*seen, task.chance, task.ceiling])
    axes.set_xlim(low, high)
    marks = scale.ticks(low, high, 5)
    axes.set_xticks([at for at, _ in marks], [text for _, text in marks])
    for level, dashes, text in ((task.chance, (4, 3), "chance"), (task.ceiling, (1, 2), "ceiling")):
        axes.axvline(scale.place(level), color=MUTED, linewidth=1, dashes=dashes, zorder=1)
        axes.annotate(text, (scale.place(level), 1), (0, 2), xycoords=("data", "axes fraction"), ha="center",
                      textcoords="offset points", color=MUTED, fontsize=9.5)  # fmt: skip


def _score(axes: Axes, y: int, row: Row, style: Style, scale: Scale) -> None:
    seeds = [scale.place(score) for score in row.scores]
    axes.plot(seeds, [y + 0.3] * len(seeds), "o", color=style.color, alpha=0.5, markersize=3.5, mew=0)
    if row.interval:
        axes.plot([scale.place(end) for end in row.interval], [y, y], color=style.color, linewidth=2)
    _mark(axes, scale.place(row.mean or 0.0), y, style)


def _draw_differences(axes: Axes, result: ComparisonResult, styles: Mapping[str, Style]) -> None:
    name_mechanisms(axes, result)
    heading(axes, f"Difference from {shortened(result.baseline)}, in points")
    margin, limit = 100 * result.margin, _half_width(result)
    axes.set_xlim(-limit, limit)
    axes.axvspan(-margin, margin, color=RULE, alpha=0.75, linewidth=0, zorder=0)
    axes.axvline(0, color=GHOST, linewidth=1.2, zorder=1)
    for y, row in enumerate(result.ranked):
        verdict = result.verdict(row)
        beside(axes, y, verdict or "no result")
        if verdict == "baseline":
            _mark(axes, 0, y, styles[row.label])
        elif row.difference:
            _difference(axes, y, row.difference, styles[row.label], limit)


def _difference(axes: Axes, y: int, difference: Difference, style: Style, limit: float) -> None:
    if difference.mean is None:
        return
    if abs(100 * difference.mean) > limit:
        _arrow(axes, y, difference.mean, limit, style)
        return
    if difference.interval:
        _difference_interval(axes, y, difference.interval, style, limit)
    _mark(axes, 100 * difference.mean, y, style)


def _difference_interval(
    axes: Axes, y: int, interval: tuple[float, float], style: Style, limit: float
) -> None:
    """A line; an end beyond the panel is an arrow at the border."""
    low, high = (100 * end for end in interval)
    axes.plot([max(low, -limit), min(high, limit)], [y, y], color=style.color, linewidth=2)
    for outside, border, shape in ((low < -limit, -limit, "<"), (high > limit, limit, ">")):
        if outside:
            axes.plot([0.985 * border], [y], shape, color=style.color, markersize=6, mew=0)


def _mark(axes: Axes, x: float, y: int, style: Style) -> None:
    axes.plot([x], [y], style.shape, color=style.color, markersize=8, mew=0)


def _arrow(axes: Axes, y: int, value: float, limit: float, style: Style) -> None:
    """A value beyond the panel, said at the side where it lies."""
    side, shape, align = (-1, "<", "left") if value < 0 else (1, ">", "right")
    axes.plot([side * limit * 0.97], [y], shape, color=style.color, markersize=7, mew=0)
    axes.text(side * limit * 0.92, y, points(value), ha=align, va="center", fontsize=10, color=MUTED)


def _half_width(result: ComparisonResult) -> float:
    """Half the width of the right panel: what is near the margin must be told apart; the rest is an arrow."""
    near = [4 * result.margin]
    for row in result.rows:
        interval = row.difference.interval if row.difference else None
        if interval and result.verdict(row) != "worse":
            near.extend(abs(end) for end in interval)
    return 100 * min(max(near) * 1.05, max(8 * result.margin, 0.02))


def _score_alt(result: ComparisonResult) -> str:
    said = [f"{row.label} {percent(row.mean)}" for row in result.ranked]
    return f"Test {result.task.metric} by mechanism, best first: {', '.join(said)}."


def _difference_alt(result: ComparisonResult) -> str:
    said = [
        f"{row.label} {points(row.difference.mean)} ({row.difference.verdict})"
        for row in result.ranked
        if row.difference
    ]
    return f"Difference from {result.baseline} in percentage points: {', '.join(said)}."
