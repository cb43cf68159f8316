"""What flows from layer to layer: the positions of every layer, joined by what its heads read on average."""

import numpy as np

from regard.core.results.lens import LensModel, View
from regard.pages.canvas import INK, MUTED, RULE, Drawing, Margins, Panel, Sheet, look
from regard.pages.letters import families
from regard.pages.plotting import LineCollection
from regard.report.figures.lens.heat import short
from regard.report.figures.lens.reading import shares

MOST = 40
"""Positions that can be told apart."""

FAINTEST = 0.05
"""Smaller shares are not drawn."""

LAYER, POSITION = 118.0, 21.0
"""From one layer to the next, and from one position to the next, in units."""

NARROWEST = 360.0

COLOR = "#0072b2"


def can_flow(view: View) -> bool:
    """Whether there are few enough positions, and shares of one sequence in every layer."""
    if len(view.queries) > MOST or view.queries != view.keys:
        return False
    found = [shares(layer) for layer in view.layers]
    n = len(view.queries)
    return all(each is not None and each.shape[1:] == (n, n) for each in found)


def draw_flow(name: str, model: LensModel, view: View) -> Drawing:
    """From the input at the left to behind the last layer at the right. The view has to be able to flow."""
    layers = [each.mean(0) for each in map(shares, view.layers) if each is not None]
    n = len(view.queries)
    size = (max(LAYER * len(layers), NARROWEST) + 160, POSITION * n + 54)
    with look():
        sheet = Sheet(1, 1, size, Margins(80, 80, 40, 14))
        panel = sheet.panel(0, f"What flows through {len(layers)} layers")
        _draw(panel, layers)
        _name(panel, view, len(layers))
    return Drawing(
        name=name,
        title=f"{model.label}: what flows from layer to layer",
        caption=(
            f"On '{view.example}'. A line from a position to one of the next layer is as dark as the share "
            "that the layer's heads read there, a mean over heads; below 5 % there is none. The thin gray "
            "lines are the residual stream, which carries every position on."
        ),
        figure=sheet.figure,
        panels=(panel,),
    )


def _draw(panel: Panel, layers: list[np.ndarray]) -> None:
    axes, n = panel.axes, len(layers[0])
    axes.set_xlim(-0.04, len(layers) + 0.04)
    axes.set_ylim(n - 0.5, -0.5)
    axes.hlines(range(n), 0, len(layers), color=RULE, linewidth=1, zorder=0)
    for depth, read in enumerate(layers):
        ends = [(i, j) for i, j in np.argwhere(read >= FAINTEST)]
        # the strongest on top
        ends.sort(key=lambda end: read[end])
        lines = [[(depth, j), (depth + 1, i)] for i, j in ends]
        strengths = [float(read[end]) for end in ends]
        axes.add_collection(
            LineCollection(
                lines,
                colors=[(*_rgb(COLOR), 0.12 + 0.88 * strength) for strength in strengths],
                linewidths=[0.6 + 2.6 * strength for strength in strengths],
            )
        )
    for depth in range(len(layers) + 1):
        axes.plot([depth] * n, range(n), "o", color=INK, markersize=3.4, mew=0, zorder=3)


def _name(panel: Panel, view: View, depth: int) -> None:
    axes = panel.axes
    axes.set_yticks(range(len(view.queries)), [short(name) for name in view.queries], fontfamily=families())
    axes.tick_params(axis="y", labelright=True, labelcolor=INK)
    axes.set_xticks([])
    axes.spines[:].set_visible(False)
    for layer in range(depth):
        axes.annotate(f"layer {layer}", (layer + 0.5, 1), (0, 10), xycoords=("data", "axes fraction"),
                      textcoords="offset points", ha="center", fontsize=10, color=MUTED)  # fmt: skip


def _rgb(color: str) -> tuple[float, float, float]:
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue
