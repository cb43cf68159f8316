"""More room around a figure that is drawn, and words in it."""

import textwrap

from regard.pages.canvas import INK, MUTED, UNIT, Drawing, look
from regard.pages.letters import drawable, families
from regard.pages.plotting import Figure

LETTER = 5.9
"""Mean width of a letter of the caption, in units. It is not measured: lines end alike on every machine."""

LINE, HEAD = 15.0, 30.0
"""Height of a line of the caption, and of the title with what is around it."""


def add_room(figure: Figure, *, right: float = 0.0, top: float = 0.0) -> None:
    """Make the sheet larger, in units; what is drawn stays where it is and as large as it is."""
    width, height = figure.get_size_inches() * UNIT
    across, down = width / (width + right), height / (height + top)
    for axes in figure.axes:
        box = axes.get_position()
        axes.set_position((box.x0 * across, box.y0 * down, box.width * across, box.height * down))
    figure.set_size_inches((width + right) / UNIT, (height + top) / UNIT)


def captioned(drawing: Drawing) -> Drawing:
    """The same figure with its title and its caption above it, as it stands alone."""
    figure = drawing.figure
    width, height = figure.get_size_inches() * UNIT
    lines = textwrap.wrap(drawable(drawing.caption), max(int((width - 32) / LETTER), 30))
    more = HEAD + LINE * len(lines) + 6
    add_room(figure, top=more)
    with look():
        figure.text(16 / width, 1 - 12 / (height + more), drawable(drawing.title), fontsize=13, color=INK,
                    fontweight="bold", va="top", fontfamily=families())  # fmt: skip
        figure.text(16 / width, 1 - (HEAD + 6) / (height + more), "\n".join(lines), fontsize=10, color=MUTED,
                    va="top", linespacing=1.35, fontfamily=families())  # fmt: skip
    return drawing
