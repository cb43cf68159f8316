"""How large weights are: the distribution of what queries read of single keys, per mechanism."""

from collections.abc import Mapping

import numpy as np

from regard.core.results.lens import LensModel
from regard.pages.canvas import GHOST, RULE, Drawing, Margins, Panel, Sheet, look
from regard.pages.palette import Style
from regard.pages.plotting import Axes
from regard.pages.rows import heading
from regard.report.figures.lens.legend import draw_legend
from regard.report.figures.lens.reading import causal, examples, shares

LEAST = 1e-4
"""What is smaller stands at the left end."""

WIDTH, HEIGHT = 350.0, 270.0

ROOM = Margins(52, 18, 64, 44)


def draw_distribution(
    name: str, models: tuple[LensModel, ...], styles: Mapping[str, Style]
) -> Drawing | None:
    """Of all entries that are allowed, in all heads and layers of all examples. None where there are none."""
    known = [(model, found) for model in models if len(found := entries(model))]
    if not known:
        return None
    with look():
        sheet = Sheet(2, 2, (WIDTH, HEIGHT), ROOM)
        panels = (
            _panel(sheet, 0, "Keys of which a query reads at most so much"),
            _panel(sheet, 1, "What is read in entries of at most so much"),
        )
        for model, found in known:
            ordered = np.sort(found)
            style = styles[model.label]
            _step(panels[0].axes, ordered, np.arange(1, len(ordered) + 1) / len(ordered), style)
            _step(panels[1].axes, ordered, ordered.cumsum() / ordered.sum(), style)
        draw_legend(
            panels[0].axes, tuple(model for model, _ in known), styles, HEIGHT - ROOM.top - ROOM.bottom
        )
    return Drawing(
        name=name,
        title="How large the shares are that single keys get",
        caption=(
            "Of all keys that a query may read, in all heads and layers: left the share of keys, right the "
            "share of all that is read. A curve that rises late at the right reads few keys, each by much. "
            "Of a mechanism without weights, shares of contributions."
        ),
        figure=sheet.figure,
        panels=panels,
    )


def entries(model: LensModel) -> np.ndarray:
    """The shares of all keys that may be read, of every head, layer and example."""
    found = [np.empty(0)]
    for view in examples(model):
        for maps in (each for each in map(shares, view.layers) if each is not None):
            i, j = (
                np.tril_indices(maps.shape[1]) if causal(maps) else np.indices(maps.shape[1:]).reshape(2, -1)
            )
            # where there is one key alone, there is nothing to share out
            several = i > 0 if causal(maps) else np.ones_like(i, bool)
            found.append(maps[:, i[several], j[several]].ravel())
    return np.concatenate(found)


def _panel(sheet: Sheet, i: int, title: str) -> Panel:
    panel = sheet.panel(i, title)
    axes = panel.axes
    heading(axes, title)
    axes.set_xscale("log")
    axes.set_xlim(LEAST, 1)
    axes.set_ylim(0, 1.01)
    marks = [1e-4, 1e-3, 1e-2, 1e-1, 1]
    axes.set_xticks(marks, ["≤ 0.0001", "0.001", "0.01", "0.1", "1"])
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
    axes.tick_params(pad=6)
    axes.set_xlabel("share of a single key")
    axes.grid(color=RULE, linewidth=1)
    axes.set_axisbelow(True)
    axes.spines[:].set_color(GHOST)
    return panel


def _step(axes: Axes, ordered: np.ndarray, heights: np.ndarray, style: Style) -> None:
    places = np.clip(ordered, LEAST, 1)
    # as many points as can be seen
    few = np.unique(np.linspace(0, len(places) - 1, 600).astype(int))
    axes.step(places[few], heights[few], where="post", color=style.color, linewidth=1.8)
