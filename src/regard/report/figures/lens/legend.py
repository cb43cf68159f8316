"""Which color and mark stand for which model."""

from collections.abc import Mapping

from regard.core.results.lens import LensModel
from regard.pages.canvas import INK
from regard.pages.letters import drawable, families
from regard.pages.palette import Style, styles
from regard.pages.plotting import Axes


def styles_of(models: tuple[LensModel, ...]) -> dict[str, Style]:
    """A style for each label; that of a mechanism is the same on every page."""
    return styles((model.label, model.label.partition("(")[0]) for model in models)


def draw_legend(axes: Axes, models: tuple[LensModel, ...], looks: Mapping[str, Style], inner: float) -> None:
    """Names above the heading of the first panel, whose axes are `inner` units high; none for one model."""
    if len(models) < 2:
        return
    marks = [
        axes.plot([], [], looks[model.label].shape, color=looks[model.label].color, markersize=7, mew=0)[0]
        for model in models
    ]
    labels = [drawable(model.label) for model in models]
    axes.legend(
        marks,
        labels,
        loc="lower left",
        bbox_to_anchor=(0, 1 + 38 / inner),
        borderpad=0,
        borderaxespad=0,
        ncols=len(models),
        frameon=False,
        handletextpad=0.2,
        labelcolor=INK,
        prop={"family": families(), "size": 10},
    )
