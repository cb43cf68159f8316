"""All figures of what the lens saw, and their files."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from regard.core import files
from regard.core.results import LensResult
from regard.core.results.lens import LensModel
from regard.pages.canvas import Drawing, png, svg
from regard.pages.slugs import slugs
from regard.report.figures.lens.by_layer import draw_by_layer
from regard.report.figures.lens.distribution import draw_distribution
from regard.report.figures.lens.flow import can_flow, draw_flow
from regard.report.figures.lens.heads import draw_heads
from regard.report.figures.lens.legend import styles_of
from regard.report.figures.lens.mean_pattern import draw_mean_pattern, summaries
from regard.report.figures.lens.overlay import draw_overlay
from regard.report.figures.lens.reading import examples, level_of
from regard.report.figures.lens.room import captioned
from regard.report.figures.lens.samples import draw_samples

Draw = Callable[[], Drawing | None]


def write_pictures(result: LensResult, folder: Path | str) -> list[Path]:
    """Put every figure into a folder, as PNG and as SVG, with its title and caption. Returns the PNGs.

    The same result gives the same bytes. Raises `Unwritable`.
    """
    folder = Path(folder).expanduser()
    with files.writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return [_saved(drawing, folder) for drawing in drawings(result)]


def drawings(result: LensResult) -> Iterator[Drawing]:
    """The figures, one after the other: those of each model, and those of all together."""
    looks = styles_of(result.models)
    names = slugs([model.label for model in result.models])
    for name, model in zip(names, result.models, strict=True):
        yield from _drawn(_of_model(name, model))
    yield from _drawn(
        [
            partial(draw_by_layer, "by-layer", result.models, looks),
            partial(draw_distribution, "distribution", result.models, looks),
        ]
    )


def _of_model(name: str, model: LensModel) -> Iterator[Draw]:
    for at, view in enumerate(examples(model)):
        if level_of(view) is not None:
            for layer in (i for i, each in enumerate(view.layers) if each.maps):
                yield partial(
                    draw_heads, f"{name}-example-{at:02}-layer-{layer:02}-heads", model, view, layer
                )
        if can_flow(view):
            yield partial(draw_flow, f"{name}-example-{at:02}-flow", model, view)
        yield partial(draw_overlay, f"{name}-example-{at:02}-overlay", model, view)
    found = summaries(model)
    if found is not None and level_of(found[0]) is not None:
        for layer in range(len(model.layers)):
            yield partial(draw_mean_pattern, f"{name}-layer-{layer:02}-mean", model, layer)
    yield partial(draw_samples, f"{name}-samples", model)


def _drawn(draws: "Iterator[Draw] | list[Draw]") -> Iterator[Drawing]:
    for draw in draws:
        drawing = draw()
        if drawing is not None:
            yield captioned(drawing)


def _saved(drawing: Drawing, folder: Path) -> Path:
    path = folder / f"{drawing.name}.png"
    files.write(path, png(drawing))
    files.write(path.with_suffix(".svg"), svg(drawing))
    return path
