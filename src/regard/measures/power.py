"""How many seeds a verdict that is still open would likely need."""

import bisect
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from regard.measures.student import t_quantile

POWER = 0.8
"""How likely the verdict is to be reached with the seeds that are asked for."""

MOST = 1000
"""Seeds beyond which nobody is asked to go."""


class Levels(NamedTuple):
    """Two-sided levels of the intervals that decide."""

    difference: float
    """An interval at this level without 0 shows a difference."""
    equivalence: float
    """An interval at this level within the margin shows equivalence."""


def seeds_needed(
    differences: Sequence[float], margin: float, levels: Levels, *, resolution: float = 0.0
) -> int | None:
    """The smallest number of seeds with which a difference or equivalence is shown four times in five, if the
    true mean and spread of the differences are those found so far.

    A guess from few seeds, and no more. None below 2 differences, and where 1,000 seeds would not do: where
    the difference is about as large as the margin, or hardly more than nothing beside a wide spread.
    """
    if len(differences) < 2:
        return None
    values = np.asarray(differences, dtype=np.float64)
    mean, spread = abs(float(values.mean())), max(float(values.std(ddof=1)), resolution)

    def is_shown(seeds: int) -> bool:
        error, reserve = spread / math.sqrt(seeds), t_quantile(1 - POWER, seeds)
        return mean >= error * (t_quantile(levels.difference / 2, seeds) + reserve) or (
            margin - mean >= error * (t_quantile(levels.equivalence / 2, seeds) + reserve)
        )

    # the more seeds, the easier
    candidates = range(len(values) + 1, MOST + 1)
    place = bisect.bisect_left(candidates, x=True, key=is_shown)
    return candidates[place] if place < len(candidates) else None
