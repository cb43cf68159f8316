"""Verdicts in several looks at a growing number of seeds, without more false finds than in a single one.

Who looks repeatedly finds something by luck sooner or later. So each look may only spend a part of the level
(Lan and DeMets 1983), and its own test is held against what is left of that part after the looks before it,
computed for normal means by recursive integration (Armitage, McPherson and Rowe 1969). The nominal levels
found so are applied to the p of t-tests (Jennison and Turnbull 2000, section 4.4).
"""

import functools
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np

SCHEDULE = (5, 8, 12, 20, 32, 50, 80)
"""Numbers of seeds at which there is a look, as far as a comparison goes."""

MOST = 100
"""Seeds of the last look at most: 99 % of the level are spent there."""

SCALE = 20.0
"""Seeds after which 63 % of the level are spent.

What is spent depends on the number of seeds and not on how many there may be at most: whoever raises that
number goes on with the same test, and no look is paid for twice. 22 % are spent by the look at 5 seeds and
63 % by that at 20. Faster spending decides a little earlier, with more false finds where spreads are skewed;
slower spending, as O'Brien and Fleming's, hardly ever decides with 5 or 8 seeds.
"""

POINTS = 201
LEVELS = np.exp(np.linspace(math.log(1e-12), 0.0, 60))
"""Overall levels at which the boundaries are computed; those between are interpolated."""


def spent(seeds: int, level: float) -> float:
    """How much of a level has been spent once there has been a look at so many seeds."""
    return level * -math.expm1(-seeds / SCALE)


@final
@dataclass(frozen=True)
class Looks:
    """The numbers of seeds at which is looked, in ascending order. A single look spends all of the level."""

    seeds: tuple[int, ...]

    def nominal(self, look: int, level: float) -> float:
        """The two-sided level at which the test of one look is taken, where all looks together may err with
        probability `level`."""
        if len(self.seeds) == 1:
            return level
        return float(np.exp(np.interp(math.log(level), np.log(LEVELS), np.log(self._boundary(look)))))

    def overall(self, look: int, p: float) -> float:
        """The level of all looks together at which a two-sided p would just do: a p that counts the looks.

        1 for a p that would do at no level.
        """
        if len(self.seeds) == 1:
            return p
        boundary = self._boundary(look)
        if p > boundary[-1]:
            return 1.0
        if p < boundary[0]:
            return p / float(boundary[0]) * float(LEVELS[0])
        return float(np.exp(np.interp(math.log(p), np.log(boundary), np.log(LEVELS))))

    def _boundary(self, look: int) -> np.ndarray:
        """The nominal level of a look at each of `LEVELS`."""
        return _boundaries(self.seeds)[look]


@functools.lru_cache(maxsize=64)
def _boundaries(seeds: tuple[int, ...]) -> np.ndarray:
    """Nominal levels (looks, levels) for looks at these numbers of seeds."""
    return np.array([_nominal_levels(seeds, float(level)) for level in LEVELS]).T


def _nominal_levels(seeds: tuple[int, ...], level: float) -> list[float]:
    """The nominal two-sided level of each look. The sum of n standard normal values is followed from look to
    look, as a density on a grid, as far as it has not crossed a boundary before."""
    from scipy.special import ndtr, ndtri  # noqa: PLC0415 - heavy

    found = [spent(seeds[0], level)]
    bound = -float(ndtri(found[0] / 2))
    sums, weights = _grid(bound * math.sqrt(seeds[0]))
    mass = weights * _density(sums, math.sqrt(seeds[0]))
    for before, now in itertools.pairwise(seeds):
        step = math.sqrt(now - before)
        due = spent(now, level) - spent(before, level)
        tail = functools.partial(_crossing, sums, mass, math.sqrt(now), step)
        bound = _bound(tail, due)
        found.append(float(2 * ndtr(-bound)))
        further, weights = _grid(bound * math.sqrt(now))
        mass = weights * (_density(further[:, None] - sums[None], step) @ mass)
        sums = further
    return found


def _crossing(sums: np.ndarray, mass: np.ndarray, root: float, step: float, z: float) -> float:
    """The probability that the sum lies beyond z times its deviation, on either side, after one more step."""
    from scipy.special import ndtr  # noqa: PLC0415 - heavy

    return float(2 * mass @ ndtr((sums - z * root) / step))


def _bound(crossing: Callable[[float], float], due: float) -> float:
    """The z at which the probability of crossing is what is due."""
    from scipy.optimize import brentq  # noqa: PLC0415 - heavy

    return float(brentq(lambda z: math.log(max(crossing(z), 1e-300) / due), 0.0, 20.0, xtol=1e-9))


def _grid(end: float) -> tuple[np.ndarray, np.ndarray]:
    """Points from -end to end and the weights of the trapezoidal rule."""
    points = np.linspace(-end, end, POINTS)
    weights = np.full(POINTS, points[1] - points[0])
    weights[[0, -1]] /= 2
    return points, weights


def _density(x: np.ndarray, deviation: float) -> np.ndarray:
    return np.exp(-0.5 * (x / deviation) ** 2) / (deviation * math.sqrt(2 * math.pi))
