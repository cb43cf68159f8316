"""All heads of one layer on one example."""

from regard.core.results.lens import LensModel, View
from regard.pages.canvas import Drawing, Margins, Sheet, look
from regard.report.figures.lens.heat import SCALE, draw_map, draw_scale, margins, name_positions
from regard.report.figures.lens.reading import level_of, unpacked
from regard.report.figures.lens.room import add_room

SIDE = 168.0
"""Of a map, in units."""

COLUMNS = 4


def draw_heads(name: str, model: LensModel, view: View, layer: int) -> Drawing:
    """Maps side by side in colors of one scale: what is dark in one head is as much in any other.

    The layer has to have the level that `level_of` finds.
    """
    level = level_of(view)
    assert level is not None
    block = view.layers[layer].maps[level]
    maps, facts = unpacked(block), model.layers[layer]
    peak = 1.0 if level == "weights" and max(block.peaks) > 0.25 else max(block.peaks)
    whole = block.pooled == 1
    left, below = margins(view.queries, view.keys)
    with look():
        sheet = Sheet(len(maps), COLUMNS, (SIDE + left + 14, SIDE + 34 + below), Margins(left, 14, 34, below))
        panels = []
        for head, values in enumerate(maps):
            title = f"head {head}" if facts.heads == len(maps) else "all heads"
            panel = sheet.panel(head, f"{title} of layer {layer}")
            draw_map(panel.axes, values, peak, title=title, note=_note(view, layer, head))
            if whole:
                name_positions(panel.axes, view.queries, view.keys)
            panels.append(panel)
        draw_scale(panels[min(COLUMNS, len(panels)) - 1].axes, signed=block.signed, peak=peak)
        add_room(sheet.figure, right=SCALE)
    pooled = "" if whole else f" In blocks of {block.pooled} positions: sums over keys, means over queries."
    return Drawing(
        name=name,
        title=f"{model.label}, {facts.name}: {level}",
        caption=f"Rows read columns{_example(view)}. One scale for all heads, on a root scale.{pooled}",
        figure=sheet.figure,
        panels=tuple(panels),
    )


def _example(view: View) -> str:
    """A picture has no words."""
    return "" if view.image else f", on '{view.example}'"


def _note(view: View, layer: int, head: int) -> str:
    found = view.layers[layer].metrics.get("entropy", ())
    entropy = found[head] if head < len(found) else None
    return "" if entropy is None else f"entropy {entropy:.2f}"
