"""Which choices no other choice beats on both counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True)
class Offer:
    """A score, and between which bounds its cost was measured: equal bounds for a cost without noise."""

    low: float
    high: float
    score: float

    def undercuts(self, other: "Offer") -> bool:
        """Whether it costs less by more than the noise: the ranges do not overlap."""
        return self.high < other.low

    def beats(self, other: "Offer") -> bool:
        """Whether it is better in one respect and not worse in the other.

        Costs whose ranges overlap count as equal, so that a difference within the noise buys no score.
        """
        if other.undercuts(self) or self.score < other.score:
            return False
        return self.undercuts(other) or self.score > other.score


def pareto(offers: Sequence[Offer]) -> list[int]:
    """The places of the offers that no other offer beats, from the cheapest on."""
    front = [i for i, one in enumerate(offers) if not any(other.beats(one) for other in offers)]
    return sorted(front, key=lambda i: (offers[i].low, offers[i].high))
