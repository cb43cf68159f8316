"""All heads of all layers of one model on one example, small, for a page that shows many models."""

from collections.abc import Sequence

import numpy as np

from regard.core.results.lens import LayerView, View
from regard.pages.canvas import MUTED, RULE, Drawing, Margins, Panel, Sheet, look
from regard.pages.plotting import Axes
from regard.report.figures.lens.heat import scale_of
from regard.report.figures.lens.reading import LEVELS, SHARES, level_of, shares, unpacked

MOST_HEADS, MOST_LAYERS = 8, 12

LARGEST, SMALLEST = 60.0, 26.0
"""Sides of a map, in units."""

WIDTH = 300.0
"""Of all maps of a layer."""


def draw_thumbnails(name: str, label: str, view: View) -> Drawing | None:
    """A row for every layer: the mean of its heads, then head by head. None for a view without maps.

    Weights, and shares of contributions, have one scale from 0 to 1 in all figures; of other levels every
    layer has its own.
    """
    level = level_of(view, (*SHARES, *LEVELS))
    if level is None:
        return None
    rows = [_maps(layer, level) for layer in view.layers[:MOST_LAYERS]]
    heads = min(max(len(maps) for maps in rows), MOST_HEADS)
    several = heads > 1
    columns = heads + several
    side = min(LARGEST, max(SMALLEST, WIDTH / columns - 6))
    with look():
        sheet = Sheet(columns * len(rows), columns, (side + 6, side + 6), Margins(3, 3, 3, 3))
        panels = [
            _panel(sheet, at * columns + place, maps)
            for at, row in enumerate(rows)
            for place, maps in enumerate(_shown(row, heads, several))
        ]
    return Drawing(name, label, _caption(level, several, view, rows), sheet.figure, tuple(panels))


def _maps(layer: LayerView, level: str) -> np.ndarray:
    found = shares(layer) if level in SHARES else None
    if found is not None:
        return found
    maps = unpacked(layer.maps[level])
    return maps / (np.abs(maps).max() or 1.0)


def _shown(maps: np.ndarray, heads: int, several: bool) -> Sequence[np.ndarray]:
    return [maps.mean(0), *maps[:heads]] if several else [maps[0]]


def _panel(sheet: Sheet, place: int, values: np.ndarray) -> Panel:
    panel = sheet.panel(place, "a map")
    _draw(panel.axes, values)
    return panel


def _draw(axes: Axes, values: np.ndarray) -> None:
    colors, norm = scale_of(bool((values < 0).any()), 1.0)
    axes.imshow(values, cmap=colors, norm=norm, interpolation="antialiased", aspect="auto")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(True)
    axes.spines[:].set_color(RULE if values.any() else MUTED)


def _caption(level: str, several: bool, view: View, rows: Sequence[np.ndarray]) -> str:
    own = f"{level.capitalize()}, every layer on a scale of its own"
    what = {"weights": "Weights", "contribution": "Shares of contributions"}.get(level, own)
    order = "the mean of the heads, then head by head" if several else "all heads together"
    left = len(view.layers) - len(rows)
    more = f" The last {left} layers are not shown." if left else ""
    return f"{what}. Each row is a layer: {order}.{more}"
