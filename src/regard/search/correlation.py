"""How well a cheap rung foretells a dear one: Kendall's rank correlation with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from numpy import ndarray

Scores = Float[ndarray, " s"]
Pairs = Float[ndarray, "s s"]

RESAMPLES = 1000
LEAST = 4
"""Candidates, below which nothing is said."""


@final
@dataclass(frozen=True)
class RankCorrelation:
    """Tau-b over all candidates of the cheap rung, as those that were on both let it be estimated."""

    tau: float
    low: float
    high: float
    """The 95 % interval, by the bootstrap over candidates."""
    candidates: int


def rank_correlation(
    early: Sequence[float], late: Sequence[float], probabilities: Sequence[float]
) -> RankCorrelation | None:
    """The correlation of two scores of the same candidates; None for too few, or where all are equal.

    A candidate that was promoted with some probability stands for its inverse of candidates, of which the
    others were dropped (Horvitz & Thompson 1952). Without these weights the range is that of the promoted.
    """
    if len(early) < LEAST:
        return None
    x, y, weights = (np.asarray(each, float) for each in (early, late, probabilities))
    agreement, own, others = _pairs(x, y, 1 / weights)
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(len(x), np.full(len(x), 1 / len(x)), size=RESAMPLES)
    found = _tau(np.ones((1, len(x))), agreement, own, others)[0]
    if np.isnan(found):
        return None
    low, high = np.nanquantile(_tau(drawn.astype(float), agreement, own, others), [0.025, 0.975])
    return RankCorrelation(float(found), float(low), float(high), len(x))


def _pairs(x: Scores, y: Scores, weights: Scores) -> tuple[Pairs, Pairs, Pairs]:
    """Of every two candidates, times their weights: whether both scores order them alike, and whether each
    of the scores orders them at all.
    """
    a, b = np.sign(x[:, None] - x), np.sign(y[:, None] - y)
    together = weights[:, None] * weights
    return together * a * b, together * a**2, together * b**2


def _tau(counts: Float[ndarray, "r s"], agreement: Pairs, own: Pairs, others: Pairs) -> Float[ndarray, " r"]:
    """Tau-b (Kendall 1945) where each candidate is there so many times; NaN where a score is constant."""
    summed, x, y = (np.einsum("rs,rs->r", counts @ each, counts) for each in (agreement, own, others))
    room = np.sqrt(x * y)
    return np.divide(summed, room, out=np.full(len(counts), np.nan), where=room > 0)
