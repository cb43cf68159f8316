"""Which candidates are worth the next rung."""

import statistics
from collections.abc import Sequence
from random import Random

from regard.core.randomness import seed_of

SHARE_AT_RANDOM = 0.1
"""Of those that would be dropped, so many go on nevertheless: they show what dropping costs."""


def promoted(number: int, score: float, others: Sequence[float], seed: int) -> bool:
    """Whether a candidate goes on: at least as good as the median, so that at most half are dropped, or by
    lot."""
    lucky = Random(seed_of(seed, "promotion", number)).random() < SHARE_AT_RANDOM
    return lucky or score >= statistics.median([*others, score])
