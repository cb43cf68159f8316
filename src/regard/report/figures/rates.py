"""How much the learning rate matters: validation score of one seed at every rate that was tried."""

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from regard.report.document import Comparison, RateTrial, Row
from regard.report.figures.canvas import INK, MUTED, PAPER, Drawing, Margins, Sheet, look
from regard.report.figures.rows import FOOT, HEAD, NAMES, ROW, heading, name_rows
from regard.report.numbers import percent, rate
from regard.report.palette import Style
from regard.report.scale import Scale

WIDTH = 400.0


def draw_rates(name: str, comparison: Comparison, styles: Mapping[str, Style]) -> Drawing:
    """A grid of mechanisms and rates: the better the score, the stronger the mechanism's color."""
    rows = comparison.ranked
    rates = sorted({trial.rate for row in rows for trial in row.rates})
    known = [trial.validation for row in rows for trial in row.rates if trial.validation is not None]
    with look():
        sheet = Sheet(1, 1, (WIDTH, HEAD + ROW * len(rows) + FOOT), Margins(NAMES, 12, HEAD, FOOT))
        panel = sheet.panel(0, _alt(comparison))
        axes = panel.axes
        name_rows(axes, rows, comparison)
        heading(axes, f"Validation {comparison.task.metric} by learning rate")
        axes.set_xlim(-0.5, max(len(rates), 1) - 0.5)
        axes.set_xticks(range(len(rates)), [rate(value) for value in rates])
        for y, row in enumerate(rows):
            for trial in row.rates:
                share = _share(trial, known)
                _cell(axes, (rates.index(trial.rate), y), row, trial, styles[row.label], share)
    return Drawing(
        name=name,
        title="How much the learning rate matters",
        caption=(
            "Every mechanism was tried at the same rates with one seed; the outlined rate, best on "
            "validation data, was then used for all seeds. A best rate at the edge of the grid may not be "
            "the best there is."
        ),
        figure=sheet.figure,
        panels=(panel,),
    )


def _share(trial: RateTrial, known: list[float]) -> float:
    """Between the worst (0) and the best (1) of all trials."""
    low, high = min(known, default=0.0), max(known, default=0.0)
    if trial.validation is None or low == high:
        return 0.0
    place = Scale.of(known).place
    return (place(trial.validation) - place(low)) / (place(high) - place(low))


def _cell(axes: Axes, at: tuple[int, int], row: Row, trial: RateTrial, style: Style, share: float) -> None:
    chosen = trial.rate == row.rate
    _fill(axes, at, facecolor=PAPER, linewidth=0)
    _fill(axes, at, facecolor=style.color, alpha=0.04 + 0.3 * share, linewidth=0)
    if chosen:
        _fill(axes, at, facecolor="none", edgecolor=INK, linewidth=1.6)
    text = percent(trial.validation) if trial.validation is not None else trial.outcome or "not finished"
    axes.text(*at, text, ha="center", va="center", fontsize=10, fontweight="bold" if chosen else "normal",
              color=MUTED if trial.validation is None else INK)  # fmt: skip


def _fill(axes: Axes, at: tuple[int, int], **look: Any) -> None:
    axes.add_patch(Rectangle((at[0] - 0.48, at[1] - 0.42), 0.96, 0.84, **look))


def _alt(comparison: Comparison) -> str:
    said = [f"{row.label} best at {rate(row.rate)}" for row in comparison.ranked if row.rate is not None]
    found = ", ".join(said) or "no rate could be chosen"
    return f"Validation {comparison.task.metric} by learning rate: {found}."
