"""The scale of scores in every figure: it widens toward 100 %, where mechanisms differ by little.

A score s stands at −log10(1 − s), so 90, 99 and 99.9 % are equally far apart: near the top what
matters is how many misses are left. Far below it the scale is nearly even.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self, final

from regard.core.numbers import percent

SMALLEST = 1e-3
"""The smallest share of misses that is ever told apart from none."""

MARKS = (
    0.0, 1.0, 0.9, 0.99, 0.5, 0.95, 0.8, 0.999, 0.98, 0.7, 0.97, 0.995, 0.2, 0.3, 0.1, 0.4, 0.6, 0.998, 0.96,
    0.85, 0.985, 0.75, 0.15, 0.25, 0.05, 0.35, 0.45, 0.55, 0.65,
)  # fmt: skip
"""Where ticks may stand, the most telling first."""


@final
@dataclass(frozen=True)
class Scale:
    """Where scores stand. Fewer misses than `finest` are drawn as none."""

    finest: float = SMALLEST

    @classmethod
    def of(cls, scores: Iterable[float]) -> Self:
        """A scale that ends soon after the best of the scores, so that no room is lost above it."""
        best = min(1.0, max(scores, default=1.0))
        return cls(max(SMALLEST, 0.5 * (1 - best)) if best < 1 else SMALLEST)

    def place(self, score: float) -> float:
        """Where a score from 0 to 1 stands; what lies outside stands at the end."""
        return -math.log10(max(self.finest, 1 - max(score, 0.0)))

    def limits(self, scores: Iterable[float]) -> tuple[float, float]:
        """A range that holds all scores with a margin."""
        places = [self.place(score) for score in scores] or [0.0, self.place(1.0)]
        pad = max(0.05 * (max(places) - min(places)), 0.02)
        return min(places) - pad, max(places) + pad

    def ticks(self, low: float, high: float, room: int) -> list[tuple[float, str]]:
        """Places and names of ticks between two places, with room for about so many."""
        gap = (high - low) / max(room, 1)
        chosen: list[float] = []
        for mark in MARKS:
            inside = low - 1e-9 <= self.place(mark) <= high + 1e-9
            if inside and all(abs(self.place(mark) - self.place(other)) >= gap for other in chosen):
                chosen.append(mark)
        return [(self.place(mark), percent(mark, digits=_digits(mark))) for mark in sorted(chosen)]


def _digits(mark: float) -> int:
    return next(digits for digits in range(4) if abs(round(100 * mark, digits) - 100 * mark) < 1e-9)
