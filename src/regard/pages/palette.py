"""One color and one shape per mechanism, the same in every figure and on every page."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

COLORS = ("#0072b2", "#d55e00", "#008f68", "#b8528f", "#b07a00", "#2f93cf", "#882255", "#5b4bb0")
"""After Okabe and Ito and after Tol, darkened to a contrast of at least 3 on white."""

SHAPES = ("o", "s", "D", "^", "v", "P", "X", "*", "<", ">")
"""Markers of matplotlib: they tell two mechanisms of one color apart."""

SLOTS = len(COLORS) * len(SHAPES)

SALT = "regard-7242"
"""Chosen so that the mechanisms that are compared most often fall on different styles."""


@final
@dataclass(frozen=True)
class Style:
    """How a mechanism is drawn."""

    color: str
    shape: str

    @property
    def slot(self) -> int:
        """The color's place, by which the page's style sheet knows it."""
        return COLORS.index(self.color)


def styles(mechanisms: Iterable[tuple[str, str]]) -> dict[str, Style]:
    """A style for every label, from pairs of label and mechanism name.

    The name alone decides, so that a mechanism looks the same on every page. Only where two labels
    would look alike does the later one take the next free style.
    """
    found: dict[str, Style] = {}
    taken: set[int] = set()
    # labels without options come first: they keep the style of their name
    for label, name in sorted(dict(mechanisms).items(), key=lambda pair: (pair[0] != pair[1], pair)):
        slot = _slot(name)
        while slot in taken and len(taken) < SLOTS:
            slot = (slot + 1) % SLOTS
        taken.add(slot)
        found[label] = Style(COLORS[slot % len(COLORS)], SHAPES[slot // len(COLORS)])
    return found


def _slot(name: str) -> int:
    digest = hashlib.sha256((SALT + name).encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:8], "big") % SLOTS
