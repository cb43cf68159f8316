"""How much the tuned setting matters: validation score of one seed at every value that was tried."""

from collections.abc import Mapping
from typing import Any

from regard.core.numbers import percent, setting
from regard.core.results import ComparisonResult, Row, Trial
from regard.pages.canvas import INK, MUTED, PAPER, Drawing, Margins, Sheet, look
from regard.pages.palette import Style
from regard.pages.plotting import Axes, Rectangle
from regard.pages.rows import FOOT, HEAD, NAMES, ROW, heading
from regard.pages.scale import Scale
from regard.report.figures.rows import name_mechanisms

WIDTH = 400.0


def draw_tuning(name: str, result: ComparisonResult, styles: Mapping[str, Style]) -> Drawing:
    """A grid of mechanisms and values: the better the score, the stronger the mechanism's color."""
    rows = result.ranked
    values = sorted({trial.value for row in rows for trial in row.trials})
    known = [trial.validation for row in rows for trial in row.trials if trial.validation is not None]
    with look():
        sheet = Sheet(1, 1, (WIDTH, HEAD + ROW * len(rows) + FOOT), Margins(NAMES, 12, HEAD, FOOT))
        panel = sheet.panel(0, _alt(result))
        axes = panel.axes
        name_mechanisms(axes, result)
        heading(axes, f"Validation {result.task.metric} by {result.tuned_words}")
        axes.set_xlim(-0.5, max(len(values), 1) - 0.5)
        axes.set_xticks(range(len(values)), [setting(value) for value in values])
        for y, row in enumerate(rows):
            for trial in row.trials:
                share = _share(trial, known)
                _cell(axes, (values.index(trial.value), y), row, trial, styles[row.label], share)
    return Drawing(
        name=name,
        title=f"How much the {result.tuned_words} matters",
        caption=(
            "Every mechanism was tried at the same values with one seed; the outlined one, best on "
            "validation data, was then used for all seeds. A best value at the edge of the grid may not be "
            "the best there is."
        ),
        figure=sheet.figure,
        panels=(panel,),
    )


def _share(trial: Trial, known: list[float]) -> float:
    """Between the worst (0) and the best (1) of all trials."""
    low, high = min(known, default=0.0), max(known, default=0.0)
    if trial.validation is None or low == high:
        return 0.0
    place = Scale.of(known).place
    return (place(trial.validation) - place(low)) / (place(high) - place(low))


def _cell(axes: Axes, at: tuple[int, int], row: Row, trial: Trial, style: Style, share: float) -> None:
    chosen = trial.value == row.chosen
    _fill(axes, at, facecolor=PAPER, linewidth=0)
    _fill(axes, at, facecolor=style.color, alpha=0.04 + 0.3 * share, linewidth=0)
    if chosen:
        _fill(axes, at, facecolor="none", edgecolor=INK, linewidth=1.6)
    text = percent(trial.validation) if trial.validation is not None else trial.outcome or "not finished"
    axes.text(*at, text, ha="center", va="center", fontsize=10, fontweight="bold" if chosen else "normal",
              color=MUTED if trial.validation is None else INK)  # fmt: skip


def _fill(axes: Axes, at: tuple[int, int], **look: Any) -> None:
    axes.add_patch(Rectangle((at[0] - 0.48, at[1] - 0.42), 0.96, 0.84, **look))


def _alt(result: ComparisonResult) -> str:
    said = ", ".join(f"{row.label} best at {setting(row.chosen)}" for row in result.ranked)
    return f"Validation {result.task.metric} by {result.tuned_words}: {said}."
