"""How soon: steps of training until 95 % of the baseline's validation score."""

from collections.abc import Mapping

from regard.core.numbers import brief, count, percent
from regard.core.results import ComparisonResult, Row
from regard.pages.canvas import INK, MUTED, Drawing, Margins, Sheet, look
from regard.pages.palette import Style
from regard.pages.plotting import Axes, MaxNLocator
from regard.pages.rows import FOOT, HEAD, NAMES, ROW, beside, heading
from regard.report.figures.rows import name_mechanisms

WIDTH = 400.0


def draw_convergence(name: str, result: ComparisonResult, styles: Mapping[str, Style]) -> Drawing:
    """One row per mechanism, the seeds as small marks and their median as a large one."""
    rows = result.ranked
    with look():
        sheet = Sheet(1, 1, (WIDTH, HEAD + ROW * len(rows) + FOOT), Margins(NAMES, 84, HEAD, FOOT))
        panel = sheet.panel(0, _alt(result))
        name_mechanisms(panel.axes, result)
        heading(panel.axes, "Steps to reach 95 % of the baseline")
        _scale(panel.axes, max((steps for row in rows for steps in _known(row)), default=1))
        for y, row in enumerate(rows):
            _draw(panel.axes, y, row, styles[row.label], result.target)
    return Drawing(
        name=name,
        title="How soon",
        caption=(
            "Optimizer steps until the validation score first reached 95 % of the baseline's"
            f"{_aim(result)}. "
            "Small marks are single seeds, the large one is their median, in which a seed that never got "
            "there counts as later than all others. Left is faster."
        ),
        figure=sheet.figure,
        panels=(panel,),
    )


def _known(row: Row) -> list[int]:
    """All steps that a row speaks of, so that the picture is as wide as the training was long."""
    spoken = [steps for seed in row.seeds for steps in (seed.steps, seed.steps_to_target)]
    return [steps for steps in spoken if steps is not None]


def _scale(axes: Axes, longest: int) -> None:
    axes.set_xlim(0, 1.03 * longest)
    marks = [mark for mark in MaxNLocator(5, integer=True).tick_values(0, longest) if 0 <= mark <= longest]
    axes.set_xticks(marks, [brief(mark) for mark in marks])


def _draw(axes: Axes, y: int, row: Row, style: Style, target: float | None) -> None:
    found = [seed.steps_to_target for seed in row.seeds if seed.steps_to_target is not None]
    axes.plot(found, [y] * len(found), style.shape, color=style.color, alpha=0.5, markersize=4, mew=0)
    if row.steps_to_target is not None:
        axes.plot([row.steps_to_target], [y], style.shape, color=style.color, markersize=8, mew=0)
    beside(axes, y, _said(row, target), MUTED if row.steps_to_target is None else INK)


def _aim(result: ComparisonResult) -> str:
    if not result.target:
        return ", which is undefined, as the baseline has no score above 0"
    return f", that is {percent(result.target)}"


def _said(row: Row, target: float | None) -> str:
    if not target:
        return "undefined"
    reached = sum(seed.steps_to_target is not None for seed in row.seeds)
    if row.steps_to_target is None:
        return f"{reached} of {len(row.seeds)} seeds" if reached else "not reached"
    return count(row.steps_to_target)


def _alt(result: ComparisonResult) -> str:
    said = ", ".join(f"{row.label} {_said(row, result.target)}" for row in result.ranked)
    return f"Steps to reach 95 % of the baseline: {said}."
