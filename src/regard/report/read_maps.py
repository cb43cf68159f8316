"""What each mechanism of a comparison reads, as its page shows it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import final

from regard.core.results import ComparedMaps, MechanismMaps
from regard.pages import Photo
from regard.pages.canvas import png
from regard.pages.palette import Style
from regard.report.figures.lens.thumbnails import draw_thumbnails

METRICS: Mapping[str, str] = {
    "entropy": "entropy",
    "relative distance": "distance",
    "class token": "class token",
    "first": "first position",
    "previous": "one before",
    "nothing": "reads nothing",
    "effective rank": "effective rank",
}
"""Those that are shown, by name, and what they are called where there is little room."""

TOLD = 0.005
"""What is read of nothing, from which on it is told."""

LARGEST = 3_000_000
"""Bytes of all pictures of a comparison: what is beyond is said in words."""


@final
@dataclass(frozen=True)
class Reading:
    """One mechanism."""

    label: str
    look: Style
    photo: Photo | None
    missing: str | None
    """Why there is no picture."""
    metrics: tuple[tuple[str, float], ...]
    """Means over all heads and layers."""


@final
@dataclass(frozen=True)
class Readings:
    """All mechanisms of a comparison on one example."""

    example: str
    """In words; empty for one that is a picture."""
    picture: str | None
    """As a `data:` address."""
    each: tuple[Reading, ...]


def readings(maps: ComparedMaps | None, looks: Mapping[str, Style]) -> Readings | None:
    """None for a comparison that was not looked at."""
    if maps is None:
        return None
    views = [each.view for each in maps.mechanisms if each.view is not None]
    image = views[0].image if views else None
    words = views[0].example if views and image is None else ""
    return Readings(words, image.data if image else None, tuple(_all(maps, looks)))


def _all(maps: ComparedMaps, looks: Mapping[str, Style]) -> Iterator[Reading]:
    spent = 0
    for each in maps.mechanisms:
        photo, missing = _photo(each)
        spent += len(photo.data) if photo else 0
        if spent > LARGEST:
            photo, missing = None, "The page would be too large with its maps: regard lens shows them."
        yield Reading(each.label, looks[each.label], photo, missing, tuple(_means(each)))


def _photo(each: MechanismMaps) -> tuple[Photo | None, str | None]:
    if each.view is None:
        return None, each.missing
    drawing = draw_thumbnails(each.label, each.label, each.view)
    if drawing is None:
        reasons = [reason for layer in each.view.layers for reason in layer.refused.values()]
        return None, next(iter(reasons), "It has no layer of attention.")
    alt = f"{each.label}: what {len(each.view.layers)} layers read"
    return Photo.of(png(drawing), alt, drawing.caption), None


def _means(each: MechanismMaps) -> Iterator[tuple[str, float]]:
    for name, called in METRICS.items():
        layers = each.view.layers if each.view else ()
        known = [value for layer in layers for value in layer.metrics.get(name, ()) if value is not None]
        if known and not (name == "nothing" and fmean(known) < TOLD):
            yield called, fmean(known)
