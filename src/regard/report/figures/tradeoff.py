"""What a score costs: test score against FLOPs and against latency, with the choices that no other beats."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from regard.core.numbers import brief
from regard.core.results import ComparisonResult, Row
from regard.pages.canvas import (
    INK,
    MUTED,
    PAPER,
    RULE,
    UNIT,
    Drawing,
    Margins,
    Panel,
    Sheet,
    look,
)
from regard.pages.labels import Ground, Label, half_size, place_labels
from regard.pages.marks import round_marks
from regard.pages.palette import Style
from regard.pages.plotting import Axes
from regard.pages.rows import heading, shortened
from regard.pages.scale import Scale
from regard.report.pareto import Offer, pareto

SIZE = (440.0, 350.0)
MARGINS = Margins(left=54, right=22, top=34, bottom=30)
FONT = 10.0


@final
@dataclass(frozen=True)
class Price:
    """A cost that scores are drawn against."""

    field: str
    low: str
    high: str
    """The fields of its range over the rounds in which it was measured."""
    words: str
    unit: str

    def of(self, row: Row) -> float | None:
        """What the row's model costs."""
        return getattr(row.cost, self.field)

    def offer(self, row: Row) -> Offer:
        """The row as one of several choices."""
        cost = self.of(row) or 0.0
        low, high = getattr(row.cost, self.low), getattr(row.cost, self.high)
        return Offer(cost if low is None else low, cost if high is None else high, row.mean or 0.0)


PRICES = (
    Price("flops", "flops", "flops", "FLOPs per example", ""),
    Price("latency_ms", "latency_low_ms", "latency_high_ms", "latency per example", " ms"),
)


@final
@dataclass(frozen=True)
class Choice:
    """A mechanism as a point of the panel."""

    row: Row
    style: Style
    x: float
    """The cost's logarithm to base 10."""
    y: float
    front: bool
    """Whether it belongs to the Pareto set."""


def draw_tradeoff(name: str, result: ComparisonResult, styles: Mapping[str, Style]) -> Drawing:
    """One panel per price. Cheap is left, good is up."""
    scale = Scale.of(row.mean for row in result.rows if row.mean is not None)
    with look():
        sheet = Sheet(len(PRICES), 2, SIZE, MARGINS)
        panels = []
        for i, price in enumerate(PRICES):
            choices = _choices(result, price, styles, scale)
            panel = sheet.panel(i, _alt(result, price, choices))
            heading(panel.axes, f"Test {result.task.metric} by {price.words}")
            _draw(panel, result, price, choices, scale)
            panels.append(panel)
    return Drawing(
        name=name,
        title="What it costs",
        caption=(
            "Up is better, left is cheaper; the scale of costs is logarithmic, that of scores widens "
            "toward 100 %. Filled marks, joined by the line, are the Pareto set: nothing else is at once "
            "cheaper and better, where latencies whose ranges overlap count as equal. Vertical lines are "
            "95 % intervals. Costs are those of one forward pass. " + " ".join(result.flop_conventions)
        ),
        figure=sheet.figure,
        panels=tuple(panels),
    )


def _choices(
    result: ComparisonResult, price: Price, styles: Mapping[str, Style], scale: Scale
) -> list[Choice]:
    priced = [(row, price.of(row) or 0.0) for row in result.ranked if row.mean is not None]
    known = [(row, cost) for row, cost in priced if cost > 0]
    front = set(pareto([price.offer(row) for row, _ in known]))
    return [
        Choice(row, styles[row.label], math.log10(cost), scale.place(row.mean or 0.0), k in front)
        for k, (row, cost) in enumerate(known)
    ]


def _draw(
    panel: Panel, result: ComparisonResult, price: Price, choices: Sequence[Choice], scale: Scale
) -> None:
    axes = panel.axes
    axes.grid(color=RULE, linewidth=1)
    axes.set_axisbelow(True)
    if not choices:
        axes.set(xticks=[], yticks=[])
        axes.text(0.5, 0.5, "no costs were measured", transform=axes.transAxes, ha="center", color=MUTED)
        return
    _frame(axes, price, choices)
    _levels(axes, result, choices, scale)
    front = sorted((choice.x, choice.y) for choice in choices if choice.front)
    axes.plot(*zip(*front, strict=True), color=MUTED, linewidth=1.5, drawstyle="steps-post", zorder=1.5)
    for choice in choices:
        _mark(axes, choice, scale)
    _names(axes, choices, front)


def _frame(axes: Axes, price: Price, choices: Sequence[Choice]) -> None:
    costs = [choice.x for choice in choices]
    pad = max(0.1 * (max(costs) - min(costs)), 0.02)
    axes.set_xlim(min(costs) - pad, max(costs) + 1.4 * pad)
    marks = round_marks(*axes.get_xlim(), 5)
    axes.set_xticks([math.log10(cost) for cost in marks], [brief(cost) + price.unit for cost in marks])


def _levels(axes: Axes, result: ComparisonResult, choices: Sequence[Choice], scale: Scale) -> None:
    chance = result.task.chance
    shown = [score for one in choices for score in (one.row.mean or 0.0, *(one.row.interval or ()))]
    low, high = scale.limits([*shown, chance])
    axes.set_ylim(low, high + 0.04 * (high - low))
    levels = scale.ticks(*axes.get_ylim(), 9)
    axes.set_yticks([at for at, _ in levels], [text for _, text in levels])
    axes.axhline(scale.place(chance), color=MUTED, linewidth=1, dashes=(4, 3))
    axes.annotate("chance", (1, scale.place(chance)), (-2, 3), ha="right", fontsize=9.5, color=MUTED,
                  xycoords=("axes fraction", "data"), textcoords="offset points")  # fmt: skip


def _mark(axes: Axes, choice: Choice, scale: Scale) -> None:
    color = choice.style.color
    if choice.row.interval:
        ends = [scale.place(end) for end in choice.row.interval]
        axes.plot([choice.x, choice.x], ends, color=color, linewidth=1.5, alpha=0.6, zorder=2)
    inside = color if choice.front else PAPER
    axes.plot([choice.x], [choice.y], choice.style.shape, color=color, markerfacecolor=inside, markersize=8,
              mew=1.8, zorder=3)  # fmt: skip


def _names(axes: Axes, choices: Sequence[Choice], front: Sequence[tuple[float, float]]) -> None:
    """Write every name where it covers neither a mark nor the line of the Pareto set."""
    transform = axes.transData + axes.figure.dpi_scale_trans.inverted()
    places = [(float(x), float(y)) for x, y in UNIT * transform.transform([(c.x, c.y) for c in choices])]
    corners = [(float(x), float(y)) for x, y in UNIT * transform.transform(front)]
    steps = [
        box
        for (x, y), (x2, y2) in itertools.pairwise(corners)
        for box in ((x, y - 1.5, x2, y + 1.5), (x2 - 1.5, y, x2 + 1.5, y2))
    ]
    lower, upper = UNIT * axes.figure.dpi_scale_trans.inverted().transform(axes.get_window_extent())
    ground = Ground((lower[0], lower[1], upper[0] + MARGINS.right, upper[1]), tuple(steps))
    texts = [shortened(choice.row.label) for choice in choices]
    sizes = [half_size(text, FONT, bold=c.front) for c, text in zip(choices, texts, strict=True)]
    found = place_labels(places, sizes, ground)
    for choice, text, at, label in zip(choices, texts, places, found, strict=True):
        _name(axes, choice, text, at, label)


def _name(axes: Axes, choice: Choice, text: str, at: tuple[float, float], label: Label) -> None:
    offset = (label.middle[0] - at[0], label.middle[1] - at[1])
    weight = "bold" if choice.front else "normal"
    axes.annotate(text, (choice.x, choice.y), offset, textcoords="offset points", ha="center", va="center",
                  fontsize=FONT, fontweight=weight, color=INK, zorder=5)  # fmt: skip
    if label.lead:
        begin = (label.lead[0] - at[0], label.lead[1] - at[1])
        line = {"arrowstyle": "-", "color": MUTED, "lw": 0.8, "shrinkA": 0, "shrinkB": 4}
        axes.annotate("", (choice.x, choice.y), begin, textcoords="offset points", arrowprops=line, zorder=4)


def _alt(result: ComparisonResult, price: Price, choices: Sequence[Choice]) -> str:
    front = sorted((choice.x, choice.row.label) for choice in choices if choice.front)
    names = ", ".join(label for _, label in front) or "none"
    return f"Test {result.task.metric} by {price.words}. The Pareto set, cheapest first: {names}."
