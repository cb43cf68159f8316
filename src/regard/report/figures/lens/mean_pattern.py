"""The mean pattern of many examples over its deviation, head by head."""

from regard.core.results.lens import LensModel, View
from regard.pages.canvas import Drawing, Margins, Sheet, look
from regard.report.figures.lens.heat import SCALE, draw_map, draw_scale, margins, name_positions
from regard.report.figures.lens.reading import level_of, unpacked
from regard.report.figures.lens.room import add_room

SIDE = 160.0

COLUMNS = 4


def summaries(model: LensModel) -> tuple[View, View] | None:
    """The views of the mean and of the deviation; None where there are none."""
    found = {view.summary: view for view in model.views if view.summary}
    return (found["mean"], found["deviation"]) if len(found) == 2 else None


def draw_mean_pattern(name: str, model: LensModel, layer: int) -> Drawing:
    """Above the mean of each head, below it the standard deviation of every entry, on one scale.

    The model has to have both, with a level that all layers have.
    """
    views = summaries(model)
    assert views is not None
    mean, _ = views
    level = level_of(mean)
    assert level is not None
    upper, lower = (unpacked(view.layers[layer].maps[level]) for view in views)
    peak = float(max(abs(upper).max(), abs(lower).max()))
    signed = mean.layers[layer].maps[level].signed
    left, below = margins(mean.queries, mean.keys)
    columns = min(COLUMNS, len(upper))
    rows = -(-len(upper) // columns)
    with look():
        sheet = Sheet(
            2 * rows * columns, columns, (SIDE + left + 14, SIDE + 34 + below), Margins(left, 14, 34, below)
        )
        panels = []
        for head in range(len(upper)):
            place = 2 * (head // columns) * columns + head % columns
            for at, (maps, what) in enumerate(((upper, "mean"), (lower, "deviation"))):
                panel = sheet.panel(place + at * columns, f"head {head}, {what}")
                draw_map(panel.axes, maps[head], peak, title=f"head {head}", note=what)
                name_positions(panel.axes, mean.queries, mean.keys)
                panels.append(panel)
        draw_scale(panels[2 * columns - 2].axes, signed=signed, peak=peak)
        add_room(sheet.figure, right=SCALE)
    return Drawing(
        name=name,
        title=f"{model.label}, {model.layers[layer].name}: {level}, {mean.example} examples",
        caption=(
            "The mean map of each head over test examples, and below it the standard deviation of every "
            "entry. Where that is small, a head reads by position; where it is as large as the mean, by "
            "content."
        ),
        figure=sheet.figure,
        panels=tuple(panels),
    )
