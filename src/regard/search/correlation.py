"""How well a cheap rung foretells a dear one: Kendall's rank correlation with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from numpy import ndarray

RESAMPLES = 1000
LEAST = 4
"""Candidates, below which nothing is said."""


@final
@dataclass(frozen=True)
class RankCorrelation:
    """Tau-b over some candidates that were on both rungs."""

    tau: float
    low: float
    high: float
    """The 95 % interval, by the bootstrap over candidates."""
    candidates: int


def rank_correlation(early: Sequence[float], late: Sequence[float]) -> RankCorrelation | None:
    """The correlation of two scores of the same candidates; None for too few, or where all are equal.

    Those that were dropped are not among them, so that the range is narrower than that of all candidates.
    """
    if len(early) < LEAST:
        return None
    x, y = np.asarray(early, float), np.asarray(late, float)
    found = _tau(x, y)
    if np.isnan(found):
        return None
    rng = np.random.default_rng(0)
    places = rng.integers(len(x), size=(RESAMPLES, len(x)))
    drawn = np.array([_tau(x[each], y[each]) for each in places])
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return RankCorrelation(float(found), float(low), float(high), len(x))


def _tau(x: Float[ndarray, " s"], y: Float[ndarray, " s"]) -> float:
    """Tau-b (Kendall 1945); NaN where one of them is constant."""
    a, b = np.sign(x[:, None] - x), np.sign(y[:, None] - y)
    room = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / room if room else float("nan")
