"""How a cost grows with the length, and where one cost falls below another."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from regard.measures.student import t_quantile

ASYMPTOTIC = 1024
"""The shortest length that says how costs grow: below it, what every call costs hides the rest."""


@final
@dataclass(frozen=True)
class Power:
    """y = c · n^exponent, with the 95 % interval of the exponent, which two points do not have."""

    exponent: float
    low: float | None
    high: float | None


def power_of(points: Mapping[int, float]) -> Power | None:
    """The power of n as which positive values by n grow, by least squares of logarithms; None below two.

    The interval is Student's, with two degrees of freedom fewer than points.
    """
    pairs = [(math.log(n), math.log(y)) for n, y in points.items() if y > 0]
    if len(pairs) < 2:
        return None
    x_mean, y_mean = (sum(column) / len(pairs) for column in zip(*pairs, strict=True))
    spread = sum((x - x_mean) ** 2 for x, _ in pairs)
    slope = sum((x - x_mean) * (y - y_mean) for x, y in pairs) / spread
    if len(pairs) == 2:
        return Power(slope, None, None)
    rest = sum((y - y_mean - slope * (x - x_mean)) ** 2 for x, y in pairs)
    free = len(pairs) - 2
    reach = t_quantile(0.025, free + 1) * math.sqrt(rest / free / spread)
    return Power(slope, slope - reach, slope + reach)


@final
@dataclass(frozen=True)
class Range:
    """A time with its noise: median, fastest and slowest round."""

    median: float
    low: float
    high: float


@final
@dataclass(frozen=True)
class Crossing:
    """The length from which on one is faster than the other at all longer ones; None for never."""

    length: int | None
    interpolated: bool
    up_to: int


def crossing_of(own: Mapping[int, Range], other: Mapping[int, Range]) -> Crossing | None:
    """Where `own` times fall below `other` ones for good. None where no length has both.

    Faster is what is faster by more than the noise: ranges that overlap are equal. Between the last length
    at which it is slower and the first from which on it is faster, the length is that at which the medians
    meet, all being powers of the length in between.
    """
    lengths = sorted(own.keys() & other.keys())
    if not lengths:
        return None
    first = _first_for_good([own[n].high < other[n].low for n in lengths])
    if first is None:
        return Crossing(None, interpolated=False, up_to=lengths[-1])
    before = lengths[first - 1] if first else None
    if before is None or own[before].median <= other[before].median:
        return Crossing(lengths[first], interpolated=False, up_to=lengths[-1])
    ratios = [math.log(own[n].median / other[n].median) for n in (before, lengths[first])]
    share = ratios[0] / (ratios[0] - ratios[1])
    met = before * (lengths[first] / before) ** share
    return Crossing(round(met), interpolated=True, up_to=lengths[-1])


def _first_for_good(holds: Sequence[bool]) -> int | None:
    """The first place from which on all hold; None if the last does not."""
    first = None
    for place in range(len(holds) - 1, -1, -1):
        if not holds[place]:
            break
        first = place
    return first
