"""What a model reads of a picture, laid over the picture."""

import base64
import io

import numpy as np
from PIL import Image as Pixels

from regard.core.results.lens import Answer, Image, LensModel, View
from regard.pages.canvas import INK, MUTED, Drawing, Margins, Panel, Sheet, look
from regard.pages.letters import drawable, families
from regard.pages.pictures import RIGHT, WRONG
from regard.pages.plotting import Axes
from regard.report.figures.lens.reading import shares, unpacked

SIDE = 128.0

COLUMNS = 5

GLOW = (1.0, 0.42, 0.0)
"""The color of what is read: it is on no gray picture, and can be told from its ground by all."""


def answered(view: View) -> Answer | None:
    """The answer to the whole picture."""
    return view.answers[-1] if view.answers else None


def draw_overlay(name: str, model: LensModel, view: View) -> Drawing | None:
    """The picture, then for every layer what the answer's place reads, then all layers through.

    None for a view that is of no picture, or has no answer, or no layer that shares out.
    """
    answer = answered(view)
    heats = [] if answer is None else list(_heats(view, answer.place))
    if view.image is None or answer is None or not heats:
        return None
    with look():
        sheet = Sheet(len(heats) + 1, COLUMNS, (SIDE + 16, SIDE + 44), Margins(8, 8, 26, 18))
        panels = [sheet.panel(0, "the picture")]
        draw_picture(panels[0].axes, view.image)
        _above(panels[0].axes, "the picture")
        for i, (title, heat) in enumerate(heats):
            panel = sheet.panel(i + 1, title)
            draw_read(panel, view.image, heat)
            _above(panel.axes, title)
            panels.append(panel)
        write_answer(panels[0].axes, answer)
    return Drawing(
        name=name,
        title=f"{model.label}: what is read of a picture",
        caption=(
            "As orange as the patch has a share in what the answer's place reads, a mean over heads; the "
            "largest share is written below. 'All layers' follows it back to the input (rollout)."
        ),
        figure=sheet.figure,
        panels=tuple(panels),
    )


def through(view: View, place: int) -> np.ndarray | None:
    """What a place reads of the input through all layers; None where that is not known."""
    last = view.layers[-1].rollout
    return None if last is None or last.pooled > 1 else unpacked(last)[0, place]


def draw_read(panel: Panel, image: Image, heat: np.ndarray) -> None:
    """The picture in gray, with what is read of each patch."""
    axes = panel.axes
    draw_picture(axes, image, gray=True)
    patches = heat[image.prefix :].reshape(image.rows, image.columns)
    peak = max(float(patches.max()), 1e-12)
    glow = np.zeros((image.rows, image.columns, 4))
    glow[..., :3] = GLOW
    glow[..., 3] = 0.85 * patches / peak
    axes.imshow(glow, extent=(0, 1, 1, 0), interpolation="nearest")
    axes.annotate(f"up to {100 * peak:.1f} %", (0, 0), (0, -4), xycoords="axes fraction",
                  textcoords="offset points", va="top", fontsize=9, color=MUTED)  # fmt: skip


def draw_picture(axes: Axes, image: Image, *, gray: bool = False) -> None:
    """The picture itself, as large as the panel."""
    pixels = Pixels.open(io.BytesIO(base64.b64decode(image.data.partition(",")[2])))
    shown = np.asarray(pixels.convert("L").convert("RGB") if gray else pixels.convert("RGB"))
    axes.imshow(shown, extent=(0, 1, 1, 0), interpolation="nearest", aspect="auto")
    axes.set_axis_off()


def write_answer(axes: Axes, answer: Answer) -> None:
    """The likeliest answer with a tick or a cross, and the truth where they differ."""
    guess = answer.guesses[0]
    right = answer.truth is None or guess.text == answer.truth
    sign = "" if answer.truth is None else ("✓ " if right else "✗ ")
    truth = "" if right else f", is {answer.truth}"
    text = drawable(f"{sign}{guess.text} ({100 * guess.share:.0f} %){truth}")
    axes.annotate(text, (0, 0), (0, -4), xycoords="axes fraction", textcoords="offset points", va="top",
                  fontsize=9.5, color=RIGHT if right else WRONG, fontfamily=families())  # fmt: skip


def _heats(view: View, place: int) -> "list[tuple[str, np.ndarray]]":
    found = [(f"layer {i}", shares(layer)) for i, layer in enumerate(view.layers)]
    heats = [(title, maps.mean(0)[place]) for title, maps in found if maps is not None]
    last = through(view, place)
    return heats if last is None else [*heats, ("all layers", last)]


def _above(axes: Axes, title: str) -> None:
    axes.annotate(title, (0, 1), (0, 4), xycoords="axes fraction", textcoords="offset points", fontsize=10,
                  color=INK)  # fmt: skip
