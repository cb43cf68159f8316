"""A figure as a page shows it, and as files beside the page."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self, final

from markupsafe import Markup

from regard.core.files import write
from regard.core.readable import readable
from regard.pages.canvas import Drawing, png, svg
from regard.pages.inline import inline


@final
@dataclass(frozen=True)
class Plate:
    """A figure as the page shows it: one picture per panel; none where it could not be drawn."""

    name: str
    title: str
    caption: str
    pictures: tuple[Markup, ...]
    folder: str
    """The name of the folder beside the page that holds the figure's files."""

    @classmethod
    def saved(cls, drawing: Drawing, folder: Path) -> Self:
        """What the page shows of a figure, once it has been put into a folder as PNG and SVG."""
        vectors = svg(drawing)
        write(folder / f"{drawing.name}.png", png(drawing))
        write(folder / f"{drawing.name}.svg", vectors)
        pictures = tuple(inline(drawing, vectors))
        return cls(drawing.name, drawing.title, drawing.caption, pictures, folder.name)

    @classmethod
    def missing(cls, name: str, folder: Path, reason: str) -> Self:
        """What the page shows in the place of a figure that could not be drawn."""
        title = name.replace("_", " ").capitalize()
        return cls(name, title, f"This figure could not be drawn. {readable(reason)}", (), folder.name)
