"""How training went: one small panel per mechanism, with all the others in gray behind it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from regard.core.numbers import brief, percent, significant
from regard.core.results import TaskFacts
from regard.pages.bands import CurveBand
from regard.pages.canvas import BEHIND, GHOST, INK, MUTED, RULE, Drawing, Margins, Sheet, look
from regard.pages.marks import round_marks
from regard.pages.palette import Style
from regard.pages.plotting import Axes, LineCollection, MaxNLocator
from regard.pages.rows import shortened
from regard.pages.scale import Scale
from regard.report.curves import Curves

SIZE = (216.0, 158.0)
MARGINS = Margins(left=44, right=12, top=26, bottom=24)
COLUMNS = 5


@final
@dataclass(frozen=True)
class MechanismCurves:
    """What one panel shows."""

    label: str
    style: Style
    curves: Curves


def draw_scores_by_step(name: str, lines: Sequence[MechanismCurves], task: TaskFacts | None) -> Drawing:
    """Validation score by step of training."""
    levels = (task.chance, task.ceiling) if task else ()
    metric = task.metric if task else "score"
    values = _values([line.curves.score for line in lines])
    scale = Scale.of(values)
    placed = [_scored(line.curves.score, scale) for line in lines]
    with look():
        sheet = _sheet(lines)
        low, high = scale.limits([*values, *levels])
        panels = []
        for i, line in enumerate(lines):
            panel = sheet.panel(i, _score_alt(line, metric))
            _frame(panel.axes, line, placed)
            panel.axes.set_ylim(low, high)
            marks = scale.ticks(low, high, 5)
            panel.axes.set_yticks([at for at, _ in marks], [text for _, text in marks])
            _levels(panel.axes, [scale.place(level) for level in levels])
            _draw(panel.axes, placed[i], line.style)
            panels.append(panel)
    caption = (
        f"Validation {metric} by optimizer step: the line is the mean over the seeds that finished, the "
        "band goes from the lowest to the highest seed; all others are gray. A mark stands for a single "
        "evaluation. The scale widens toward 100 %."
    )
    return Drawing(name, "How scores rose", caption + _dashes(task), sheet.figure, tuple(panels))


def draw_losses_by_step(name: str, lines: Sequence[MechanismCurves]) -> Drawing:
    """Loss on training and validation data by step of training, on a logarithmic scale."""
    shown = [line.curves.validation_loss or line.curves.train_loss for line in lines]
    trained = [line.curves.train_loss for line in lines]
    values = [value for value in _values(shown) + [v for band in trained for v in band.mean] if value > 0]
    with look():
        sheet = _sheet(lines)
        panels = []
        for i, line in enumerate(lines):
            panel = sheet.panel(i, _loss_alt(line))
            panel.axes.set_yscale("log")
            _frame(panel.axes, line, shown)
            _loss_ticks(panel.axes, values)
            _draw(panel.axes, shown[i], line.style)
            if line.curves.validation_loss:
                _draw_training(panel.axes, line.curves.train_loss, line.style)
            panels.append(panel)
    caption = (
        "Loss by optimizer step on a logarithmic scale: solid on validation data, dashed (an empty mark, if "
        "it is one value) on training data. "
        "A dashed line far below the solid one means that the model learned its training data by heart."
    )
    return Drawing(name, "How the loss fell", caption, sheet.figure, tuple(panels))


def _dashes(task: TaskFacts | None) -> str:
    if task is None:
        return ""
    chance, ceiling = percent(task.chance), percent(task.ceiling)
    return f" The dashed line is chance ({chance}), the dotted one the ceiling ({ceiling})."


def _sheet(lines: Sequence[MechanismCurves]) -> Sheet:
    return Sheet(len(lines), COLUMNS, SIZE, MARGINS)


def _frame(axes: Axes, line: MechanismCurves, others: Sequence[CurveBand]) -> None:
    """The panel's name, its steps, and all curves in gray."""
    axes.annotate(shortened(line.label, 26), (0, 1), (12, 8), xycoords="axes fraction", fontsize=11,
                  textcoords="offset points", fontweight="bold", color=INK)  # fmt: skip
    inner = (SIZE[0] - MARGINS.left - MARGINS.right, SIZE[1] - MARGINS.top - MARGINS.bottom)
    axes.plot([4 / inner[0]], [1 + 12 / inner[1]], line.style.shape, color=line.style.color, markersize=7,
              mew=0, transform=axes.transAxes, clip_on=False)  # fmt: skip
    _steps(axes, max((band.steps[-1] for band in others if band), default=1))
    axes.grid(axis="y", color=RULE, linewidth=1)
    axes.set_axisbelow(True)
    behind = [list(zip(band.steps, band.mean, strict=True)) for band in others if band]
    gray = LineCollection(behind, colors=GHOST, linewidths=0.8, alpha=0.7, zorder=1.5)
    gray.set_gid(f"{axes.get_gid()}{BEHIND}")
    axes.add_collection(gray)
    alone = [points[0] for points in behind if len(points) == 1]
    axes.plot([step for step, _ in alone], [value for _, value in alone], "o", color=GHOST, markersize=4,
              mew=0, zorder=1.5, clip_on=False)  # fmt: skip


def _steps(axes: Axes, longest: int) -> None:
    axes.set_xlim(0, max(longest, 1))
    marks = MaxNLocator(3, steps=[1, 2, 2.5, 5, 10], integer=True).tick_values(0, max(longest, 1))
    marks = [mark for mark in marks if 0 <= mark <= longest]
    axes.set_xticks(marks, [brief(mark) for mark in marks])


def _draw(axes: Axes, band: CurveBand, style: Style) -> None:
    if not band:
        axes.text(
            0.5, 0.5, "no measurements", transform=axes.transAxes, ha="center", fontsize=10, color=MUTED
        )
        return
    if len(band.steps) == 1:
        _point(axes, band, style)
        return
    axes.fill_between(band.steps, band.low, band.high, color=style.color, alpha=0.25, linewidth=0, zorder=2)
    axes.plot(band.steps, band.mean, color=style.color, linewidth=2, zorder=3)


def _point(axes: Axes, band: CurveBand, style: Style) -> None:
    """A line needs two points: of one evaluation a mark, and a bar from the lowest to the highest seed."""
    axes.vlines(band.steps, band.low, band.high, color=style.color, alpha=0.4, linewidth=4, zorder=2)
    axes.plot(band.steps, band.mean, style.shape, color=style.color, markersize=7, mew=0, zorder=3,
              clip_on=False)  # fmt: skip


def _draw_training(axes: Axes, band: CurveBand, style: Style) -> None:
    """A dashed line, or an empty mark where it would have one point."""
    if len(band.steps) == 1:
        axes.plot(band.steps, band.mean, style.shape, color=style.color, markersize=7, fillstyle="none",
                  zorder=3, clip_on=False)  # fmt: skip
    else:
        axes.plot(band.steps, band.mean, color=style.color, linewidth=1.2, dashes=(2, 1.5))


def _levels(axes: Axes, levels: Sequence[float]) -> None:
    for level, dashes in zip(levels, ((4, 3), (1, 2)), strict=False):
        axes.axhline(level, color=MUTED, linewidth=1, dashes=dashes, zorder=1)


def _loss_ticks(axes: Axes, values: Sequence[float]) -> None:
    low, high = (math.log10(find(values, default=1.0)) for find in (min, max))
    pad = max(0.06 * (high - low), 0.02)
    axes.set_ylim(10 ** (low - pad), 10 ** (high + pad))
    marks = round_marks(low - pad, high + pad, 4)
    axes.set_yticks(marks, [brief(mark) for mark in marks])
    axes.minorticks_off()


def _scored(band: CurveBand, scale: Scale) -> CurveBand:
    """The same band where scores stand on their scale."""
    parts = (band.mean, band.low, band.high)
    return CurveBand(band.steps, *(tuple(scale.place(score) for score in part) for part in parts))


def _values(bands: Sequence[CurveBand]) -> list[float]:
    return [value for band in bands for value in (*band.low, *band.high)]


def _score_alt(line: MechanismCurves, metric: str) -> str:
    band = line.curves.score
    if not band:
        return f"{line.label}: no validation {metric} was measured."
    first, last = (f"{percent(band.mean[i])} at step {band.steps[i]}" for i in (0, -1))
    return f"{line.label}: mean validation {metric} from {first} to {last}."


def _loss_alt(line: MechanismCurves) -> str:
    band = line.curves.validation_loss or line.curves.train_loss
    if not band:
        return f"{line.label}: no loss was measured."
    return f"{line.label}: mean loss from {significant(band.mean[0])} to {significant(band.mean[-1])}."
