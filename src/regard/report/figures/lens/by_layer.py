"""Two numbers of every head, layer by layer: how evenly it reads, and how far away."""

from collections.abc import Iterator, Mapping

from regard.core.results.lens import LensModel
from regard.pages.canvas import MUTED, RULE, Drawing, Margins, Panel, Sheet, look
from regard.pages.palette import Style
from regard.pages.plotting import Axes, MaxNLocator
from regard.pages.rows import heading
from regard.report.figures.lens.legend import draw_legend
from regard.report.figures.lens.reading import examples

SHOWN: Mapping[str, tuple[str, float]] = {
    "entropy": ("Entropy, 1 reads all keys alike", 1.0),
    "relative distance": ("Distance, 1 is that of reading all keys alike", 1.0),
}
"""By metric: what it is called, and where a line stands to compare with."""

WIDTH, HEIGHT = 350.0, 270.0

ROOM = Margins(52, 18, 64, 44)


def draw_by_layer(name: str, models: tuple[LensModel, ...], styles: Mapping[str, Style]) -> Drawing | None:
    """Small marks are heads, means over the examples; the line is the mean of the heads of a layer.

    None where no head has such numbers.
    """
    if not any(_known(model) for model in models):
        return None
    with look():
        sheet = Sheet(len(SHOWN), 2, (WIDTH, HEIGHT), ROOM)
        panels = [_panel(sheet, i, metric, models, styles) for i, metric in enumerate(SHOWN)]
        draw_legend(panels[0].axes, models, styles, HEIGHT - ROOM.top - ROOM.bottom)
    return Drawing(
        name=name,
        title="How evenly and how far away heads read",
        caption="Small marks are heads, means over the examples; lines join the means of each layer's heads.",
        figure=sheet.figure,
        panels=tuple(panels),
    )


def _known(model: LensModel) -> bool:
    layers = range(len(model.layers))
    return any(list(_of_heads(model, layer, metric)) for layer in layers for metric in SHOWN)


def _panel(
    sheet: Sheet, i: int, metric: str, models: tuple[LensModel, ...], styles: Mapping[str, Style]
) -> Panel:
    title, level = SHOWN[metric]
    panel = sheet.panel(i, f"{metric} by layer")
    heading(panel.axes, title)
    panel.axes.axhline(level, color=MUTED, linewidth=1, dashes=(4, 3), zorder=1)
    depth = max(len(model.layers) for model in models)
    for place, model in enumerate(models):
        _draw(panel.axes, model, metric, styles[model.label], 0.09 * (place - (len(models) - 1) / 2))
    panel.axes.set_xlim(-0.4, depth - 0.6)
    panel.axes.set_ylim(bottom=0)
    panel.axes.xaxis.set_major_locator(MaxNLocator(min(depth, 12), integer=True))
    panel.axes.set_xlabel("layer")
    panel.axes.grid(axis="y", color=RULE, linewidth=1)
    panel.axes.set_axisbelow(True)
    return panel


def _draw(axes: Axes, model: LensModel, metric: str, style: Style, aside: float) -> None:
    means = []
    for layer in range(len(model.layers)):
        heads = list(_of_heads(model, layer, metric))
        axes.plot([layer + aside] * len(heads), heads, style.shape, color=style.color, alpha=0.5,
                  markersize=5, mew=0)  # fmt: skip
        if heads:
            means.append((layer + aside, sum(heads) / len(heads)))
    axes.plot([at for at, _ in means], [mean for _, mean in means], color=style.color, linewidth=1.6)


def _of_heads(model: LensModel, layer: int, metric: str) -> Iterator[float]:
    """The mean over examples of each head that has this number."""
    found = [view.layers[layer].metrics.get(metric, ()) for view in examples(model)]
    for of_head in zip(*(each for each in found if each), strict=False):
        known = [value for value in of_head if value is not None]
        if known:
            yield sum(known) / len(known)
