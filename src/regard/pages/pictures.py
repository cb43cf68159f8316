"""A sheet of sample images with what they are and what they were taken for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np

from regard.core import files
from regard.pages.canvas import INK, Drawing, Margins, Sheet, look, png
from regard.pages.letters import drawable, families
from regard.pages.plotting import Axes

COLUMNS = 4
"""As many as a phone shows with captions that can be read."""
RIGHT, WRONG = "#0072b2", "#d55e00"
"""Told apart without red and green, and by the sign in front."""
LONGEST_CAPTION = 16
"""Characters that fit under a picture."""


@final
@dataclass(frozen=True, eq=False)
class Picture:
    """An image (height, width, 3), uint8, with its class and, where there is one, the class predicted."""

    image: np.ndarray
    label: str
    predicted: str | None = None


def write_pictures(path: Path, title: str, pictures: Sequence[Picture]) -> None:
    """Draw the pictures into a PNG. Raises `Unwritable`."""
    with files.writing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, png(draw_pictures(title, pictures)))


def draw_pictures(title: str, pictures: Sequence[Picture]) -> Drawing:
    """Four in a row; a wrong prediction has a cross and its class in another color."""
    with look():
        sheet = Sheet(len(pictures), COLUMNS, (118, 146), Margins(8, 8, 8, 36))
        panels = [sheet.panel(i, _words(picture)) for i, picture in enumerate(pictures)]
        for panel, picture in zip(panels, pictures, strict=True):
            panel.axes.imshow(picture.image, interpolation="nearest")
            panel.axes.set_axis_off()
            _caption(panel.axes, picture)
    return Drawing("samples", title, "", sheet.figure, tuple(panels))


def _words(picture: Picture) -> str:
    return picture.label if picture.predicted is None else f"{picture.label}, taken for {picture.predicted}"


def _caption(axes: Axes, picture: Picture) -> None:
    lines = [(_short(picture.label), INK)]
    if picture.predicted is not None:
        right = picture.predicted == picture.label
        lines.append((f"{'✓' if right else '✗'} {_short(picture.predicted)}", RIGHT if right else WRONG))
    for i, (line, color) in enumerate(lines):
        axes.annotate(
            line,
            (0.5, 0),
            xytext=(0, -13 - 14 * i),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="center",
            fontsize=10.5,
            fontfamily=families(),
            color=color,
        )


def _short(name: str) -> str:
    name = drawable(name)
    return name if len(name) <= LONGEST_CAPTION else f"{name[: LONGEST_CAPTION - 1]}…"
