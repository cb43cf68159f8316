"""Which map predicts a model: what becomes of an answer when positions go in the order of a map."""

from dataclasses import dataclass
from typing import final

Between = tuple[float, float]
"""A 95 % interval."""


@final
@dataclass(frozen=True, kw_only=True)
class Curve:
    """What becomes of an answer when positions are taken away, or put back, in the order of a map.

    Of the model's first guess the probability, a mean over examples, from no position to all in equal steps.
    """

    level: str
    """The level of the map, or `random`."""
    deletion: tuple[float, ...]
    deletion_within: tuple[Between, ...]
    insertion: tuple[float, ...]
    insertion_within: tuple[Between, ...]
    gain: float
    """The area below the insertion curve minus that below the deletion curve: more is better."""
    gain_within: Between
    ahead: Between | None = None
    """By how much more than a random order; None for that itself."""
    behind: Between | None = None
    """By how much less than the best map; None for that itself."""


@final
@dataclass(frozen=True, kw_only=True)
class Faithfulness:
    """Which map predicts a model."""

    examples: int
    curves: tuple[Curve, ...]
    """The largest gain first."""
