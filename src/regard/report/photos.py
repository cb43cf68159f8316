"""Which pictures in pixels belong to a mechanism: its confusions and its sample images."""

from regard.pages import Photo
from regard.pages.canvas import png
from regard.report.examined import Examined
from regard.report.figures.confusion import draw_confusion


def photos(label: str, found: Examined) -> tuple[Photo, ...]:
    """The confusion of a mechanism, and the samples that one training was shown."""
    if found.predictions is None:
        return ()
    kept = found.predictions
    drawing = draw_confusion(kept.labels, kept.targets, kept.predicted)
    pictures = [Photo.of(png(drawing), f"{label}: {drawing.panels[0].alt}", drawing.caption)]
    if found.samples is not None:
        caption = "Test samples, each with its class, and below it what it was taken for."
        pictures.append(Photo.of(found.samples.read_bytes(), f"{label}: test samples", caption))
    return tuple(pictures)
