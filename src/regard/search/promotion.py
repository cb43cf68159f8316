"""Which candidates are worth the next rung."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import final

from regard.core.randomness import seed_of

SHARE_AT_RANDOM = 0.1
"""Of those that would be dropped, so many go on nevertheless: they show what dropping costs."""


@final
@dataclass(frozen=True)
class Decision:
    """Whether a candidate leaves the first rung."""

    number: int
    probability: float
    """With which it was promoted: 1, or the share at random."""
    promoted: bool


def decide(number: int, score: float, others: Sequence[float], seed: int) -> Decision:
    """A candidate at least as good as the median goes on, so that at most half are dropped; others by lot.

    So does the first one, from which a search starts: what is found is compared with it.
    """
    good = number == 0 or score >= statistics.median([*others, score])
    probability = 1.0 if good else SHARE_AT_RANDOM
    drawn = Random(seed_of(seed, "promotion", number)).random()
    return Decision(number, probability, drawn < probability)
