"""The sheet that all figures are drawn on: fixed sizes, one look, nothing of pyplot.

One unit is one point and, on the page, about one pixel. Axes are placed by hand, never by the size
of their text, so the same results give the same file on every machine with the same matplotlib.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, final

from regard.pages.plotting import Axes, Figure, FigureCanvasAgg, mpl

INK, MUTED, RULE, GHOST, PAPER = "#1c2127", "#59636e", "#dde2e8", "#b9c1ca", "#ffffff"
"""Text, lesser text, lines of the grid, what is only context, and the ground."""

FONT = "DejaVu Sans"
"""Comes with matplotlib."""

LOOK: Any = {
    "font.family": [FONT],
    "font.size": 11,
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 1.0,
    "axes.unicode_minus": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "svg.fonttype": "none",
    "svg.hashsalt": "regard",
    "path.simplify": False,
}

UNIT = 72.0
"""Units per inch."""

BEHIND = "-behind"
"""The end of the group id of what stands behind the lines of every panel, and is the same in all of a figure:
`panel-3-behind`. The page holds it once."""


@final
@dataclass(frozen=True)
class Box:
    """A rectangle in units from the upper left corner of the sheet."""

    x: float
    y: float
    width: float
    height: float


@final
@dataclass(frozen=True)
class Margins:
    """Room around the axes of a panel, in units."""

    left: float
    right: float
    top: float
    bottom: float


@final
@dataclass(frozen=True)
class Panel:
    """A part of a figure that makes sense alone; `alt` says it in words."""

    axes: Axes
    box: Box
    alt: str


@final
@dataclass(frozen=True)
class Drawing:
    """A finished figure. `name` is its file's name; the caption says how to read it."""

    name: str
    title: str
    caption: str
    figure: Figure
    panels: tuple[Panel, ...]


@final
class Sheet:
    """Panels of one size, row by row."""

    def __init__(self, panels: int, columns: int, size: tuple[float, float], margins: Margins) -> None:
        columns = max(1, min(columns, panels))
        rows = -(-panels // columns)
        self.columns, self.size, self.margins = columns, size, margins
        self.width, self.height = columns * size[0], rows * size[1]
        self.figure = Figure(figsize=(self.width / UNIT, self.height / UNIT), facecolor=PAPER)
        FigureCanvasAgg(self.figure)

    def panel(self, i: int, alt: str) -> Panel:
        """Axes for the panel at place i."""
        width, height = self.size
        box = Box(i % self.columns * width, i // self.columns * height, width, height)
        room = self.margins
        left, bottom = box.x + room.left, self.height - box.y - height + room.bottom
        inner = (width - room.left - room.right, height - room.top - room.bottom)
        axes = self.figure.add_axes(
            (left / self.width, bottom / self.height, inner[0] / self.width, inner[1] / self.height)
        )
        axes.set_gid(f"panel-{i}")
        axes.set_facecolor("none")
        return Panel(axes, box, alt)


@contextmanager
def look() -> Iterator[None]:
    """The look of all figures, while they are drawn and while they are saved."""
    with mpl.rc_context(), warnings.catch_warnings():
        # first the library's own defaults: the user's matplotlibrc is for the user's figures
        mpl.rcdefaults()
        mpl.rcParams.update(LOOK)
        # a user's label may hold letters that the font lacks: they show as boxes in the PNG alone
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def png(drawing: Drawing) -> bytes:
    """The figure in pixels, two per unit."""
    with look():
        return _saved(drawing.figure, "png", {"Software": None})


def svg(drawing: Drawing) -> bytes:
    """The figure in vectors, its text as text."""
    with look():
        return _saved(drawing.figure, "svg", {"Date": None, "Creator": None})


def _saved(figure: Figure, kind: str, metadata: dict[str, None]) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=2 * UNIT, metadata=metadata)
    return buffer.getvalue()
