"""Names beside points, none over another, without a legend."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import final

LETTER, BOLD, LINE = 0.59, 0.67, 1.25
"""Width of a letter, plain and bold, and height of a line, by the size of the font (DejaVu Sans)."""

REACH = 6.0
"""Half the side of a mark with some room around it."""

ROUNDS = 4
"""How often every name may move again, once the others have their places."""

LEADING = 12.0
"""The price of a line, beside its length."""

Point = tuple[float, float]
Rectangle = tuple[float, float, float, float]
"""Left, lower, right and upper edge."""


@final
@dataclass(frozen=True)
class Label:
    """Where a name stands: its middle, and where the line that leads to its point begins, if it needs one."""

    middle: Point
    lead: Point | None
    price: float
    """What the distance costs."""


@final
@dataclass(frozen=True)
class Ground:
    """What names must keep to, and what they must not cover."""

    within: Rectangle
    covered: tuple[Rectangle, ...] = ()
    leads: tuple[tuple[Point, Point], ...] = ()
    """Lines that lead from names to their points."""


def half_size(text: str, size: float, *, bold: bool) -> Point:
    """About half the width and height of a text, never measured: so it is the same on every machine."""
    return (BOLD if bold else LETTER) * size * len(text) / 2, LINE * size / 2


def place_labels(points: Sequence[Point], halves: Sequence[Point], ground: Ground) -> list[Label]:
    """A place for every text near its point, in units of the sheet, from half of the texts' sizes.

    A place costs what it covers, what sticks out, what its line crosses, and how far away it is; every
    text takes the cheapest in turn, and again once the others have theirs.
    """
    marks = [(x - REACH, y - REACH, x + REACH, y + REACH) for x, y in points]
    labels: dict[int, Label] = {}
    for _ in range(ROUNDS):
        before = dict(labels)
        for i, point in enumerate(points):
            others = {k: label for k, label in labels.items() if k != i}
            boxes = [*ground.covered, *marks[:i], *marks[i + 1 :]]
            boxes += [_box(label, halves[k]) for k, label in others.items()]
            leads = [(label.lead, points[k]) for k, label in others.items() if label.lead]
            labels[i] = _cheapest(point, halves[i], Ground(ground.within, tuple(boxes), tuple(leads)))
        if labels == before:
            break
    return [labels[i] for i in range(len(points))]


def _cheapest(point: Point, half: Point, ground: Ground) -> Label:
    """The first place than which none costs less."""
    best, least = Label(point, None, math.inf), math.inf
    for label in chain(_near(point, half), _far(point, half)):
        if least <= LEADING <= label.price:
            break  # no place with a line costs less than that
        # all else that a place costs is added to its own price: most need no further look
        if label.price < least and (price := label.price + _fault(_box(label, half), ground)) < least:
            price += _crossings(label.lead, point, ground)
            if price < least:
                best, least = label, price
    return best


def _near(point: Point, half: Point) -> list[Label]:
    """Beside, above and below, and at the corners."""
    (x, y), (width, height) = point, half
    beside = [(width + 8, 0.0), (-width - 8, 0.0), (0.0, height + 7), (0.0, -height - 7)]
    corners = [(side * (width + 5), sign * (height + 3)) for side in (1, -1) for sign in (1, -1)]
    return [Label((x + dx, y + dy), None, float(i)) for i, (dx, dy) in enumerate(beside + corners)]


def _far(point: Point, half: Point) -> Iterator[Label]:
    """Ever farther away around the point, with a line."""
    (x, y), (width, height) = point, half
    for reach in (12.0, 20.0, 30.0, 42.0, 56.0, 72.0, 90.0):
        for turn in (2 * math.pi * (i + 0.5) / 16 for i in range(16)):
            middle = (x + (width + reach) * math.cos(turn), y + (height + reach) * math.sin(turn))
            yield _led(middle, point, half)


def _led(middle: Point, point: Point, half: Point) -> Label:
    """A label with a line from the nearest point of its border."""
    nearest = (
        min(max(point[0], middle[0] - half[0]), middle[0] + half[0]),
        min(max(point[1], middle[1] - half[1]), middle[1] + half[1]),
    )
    return Label(middle, nearest, LEADING + math.dist(nearest, point))


def _box(label: Label, half: Point) -> Rectangle:
    (x, y), (width, height) = label.middle, half
    return (x - width, y - height, x + width, y + height)


def _fault(box: Rectangle, ground: Ground) -> float:
    """What sticks out, and what lies over something else: much for any of it, and more for more."""
    outside = (box[2] - box[0]) * (box[3] - box[1]) - _overlap(box, ground.within)
    covered = [area for other in ground.covered if (area := _overlap(box, other)) > 0]
    return 10 * outside + sum(60 + 4 * area for area in covered)


def _crossings(lead: Point | None, end: Point, ground: Ground) -> float:
    """A price for everything that a line crosses; its own mark is not among the boxes."""
    if lead is None:
        return 0.0
    steps = [(lead[0] + (end[0] - lead[0]) * t / 6, lead[1] + (end[1] - lead[1]) * t / 6) for t in range(6)]
    over = sum(
        any(_inside(step, box) for step in steps)
        for box in ground.covered
        # what lies over the point itself cannot be avoided
        if not _inside(end, box)
    )
    return 30.0 * over + 60.0 * sum(_cross(lead, end, *other) for other in ground.leads)


def _inside(point: Point, box: Rectangle) -> bool:
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _overlap(one: Rectangle, other: Rectangle) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0.0) * max(height, 0.0)
