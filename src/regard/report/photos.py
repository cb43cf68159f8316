"""Pictures in pixels inside the page: confusions and sample images."""

import base64
from dataclasses import dataclass

from regard.report.examined import Examined
from regard.report.figures.canvas import png
from regard.report.figures.confusion import draw_confusion


@dataclass(frozen=True)
class Photo:
    """A PNG as the page holds it, in words for who cannot see it, and how to read it."""

    data: str
    alt: str
    caption: str
    width: int
    """In units: the page never shows it larger, nor so small that its text cannot be read."""


def photos(label: str, found: Examined) -> tuple[Photo, ...]:
    """The confusion of a mechanism, and the samples that one training was shown."""
    if found.predictions is None:
        return ()
    kept = found.predictions
    drawing = draw_confusion(kept.labels, kept.targets, kept.predicted)
    pictures = [_photo(png(drawing), f"{label}: {drawing.panels[0].alt}", drawing.caption)]
    if found.samples is not None:
        caption = "Test samples, each with its class, and below it what it was taken for."
        pictures.append(_photo(found.samples.read_bytes(), f"{label}: test samples", caption))
    return tuple(pictures)


def _photo(content: bytes, alt: str, caption: str) -> Photo:
    data = "data:image/png;base64," + base64.b64encode(content).decode()
    # two pixels per unit; a PNG tells its width in the bytes from 16 to 20
    return Photo(data, alt, caption, int.from_bytes(content[16:20]) // 2)
