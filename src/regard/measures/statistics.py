"""How sure one can be: intervals of a mean, paired tests, equivalence, many tests at once.

Scores are shares of right samples, so they move in steps: `resolution` is the size of one step, 1 over
the number of test samples. No spread is taken to be smaller than that. Five seeds with the very same
score are then a narrow interval instead of a division by zero, and 100 % against 0 % in every seed is
as significant as it should be.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

BOOTSTRAP_FROM = 20
"""Values from which on the BCa bootstrap gives the interval. On 8 normal values its 95 % intervals
cover 87 % of the time (simulated), on 20 they cover 92 %; the t interval covers 95 % at any number."""

SIGN_FLIP_FROM = 8
"""Pairs from which on the sign-flip test may be used: with n pairs its p never falls below 2 / 2^n, which
is 0.0625 for 5 pairs."""

RESAMPLES = 9999
EXACT_UP_TO = 14
"""Pairs up to which every flip of signs is tried; above, 2^14 random ones."""


@final
@dataclass(frozen=True, kw_only=True)
class Interval:
    """A mean and where it may lie; the borders are None where nothing can be said."""

    mean: float
    low: float | None
    high: float | None
    method: str

    def within(self, least: float, most: float) -> tuple[float, float] | None:
        """The borders, cut where the mean cannot lie: that never costs coverage. None where it has none."""
        if self.low is None or self.high is None:
            return None
        return max(least, self.low), min(most, self.high)


@final
@dataclass(frozen=True, kw_only=True)
class PairedTest:
    """Whether the mean of paired differences is zero: p is None where nothing can be said."""

    p: float | None
    test: str
    pairs: int


def interval(values: Sequence[float], *, confidence: float = 0.95, resolution: float = 0.0) -> Interval:
    """The mean of independent values and its interval: t (Student 1908), from 20 on BCa (Efron 1987).

    One value has a mean and no interval. Raises `ValueError` without any value.
    """
    ordered = _checked(values)
    n, mean = len(ordered), float(ordered.mean())
    if n == 1:
        return Interval(mean=mean, low=None, high=None, method="none: one value")
    if n >= BOOTSTRAP_FROM and ordered[0] < ordered[-1]:
        low, high = _bootstrap(ordered, confidence)
        if math.isfinite(low) and math.isfinite(high):
            return Interval(mean=mean, low=low, high=high, method="BCa")
    from scipy import stats  # noqa: PLC0415 - a third of a second

    reach = float(stats.t.ppf((1 + confidence) / 2, n - 1)) * _standard_error(ordered, resolution)
    return Interval(mean=mean, low=mean - reach, high=mean + reach, method="t")


def paired_test(differences: Sequence[float], *, level: float = 0.05, resolution: float = 0.0) -> PairedTest:
    """Two-sided test that paired differences have mean zero, by a test whose p can reach `level` at all.

    From 8 pairs on the sign-flip test (Fisher 1935), which asks nothing of the distribution but symmetry;
    with fewer pairs, or at a level below 2 / 2^pairs (one of many tests), the paired t-test.
    """
    n = len(differences)
    if n < 2:
        return PairedTest(p=None, test="none: fewer than 2 pairs", pairs=n)
    ordered = _checked(differences)
    if n < SIGN_FLIP_FROM or 2 / 2**n > level:
        p = min(1.0, 2 * _upper_tail(abs(_t(ordered, resolution)), n))
        return PairedTest(p=p, test="paired t-test", pairs=n)
    kind = "exact" if n <= EXACT_UP_TO else "random"
    return PairedTest(p=_sign_flip(ordered), test=f"{kind} sign-flip test", pairs=n)


def equivalence(differences: Sequence[float], margin: float, *, resolution: float = 0.0) -> float | None:
    """The p of the claim that the mean difference lies within ± margin; None below 2 pairs.

    Two one-sided t-tests (Schuirmann 1987): the larger of the two p counts. Raises `ValueError` unless
    the margin is positive.
    """
    if not margin > 0:
        raise ValueError(f"A margin must be positive, not {margin}.")
    n = len(differences)
    if n < 2:
        return None
    ordered = _checked(differences)
    above_lower = _upper_tail(_t(ordered + margin, resolution), n)
    below_upper = _upper_tail(_t(margin - ordered, resolution), n)
    return max(above_lower, below_upper)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjusted p values, in the same places: the probability of any false positive stays below the level
    (Holm 1979).

    Where there was no test there is nothing to adjust, and it does not count as one.
    """
    tested = [p for p in p_values if p is not None]
    if not tested:
        return list(p_values)
    from statsmodels.stats.multitest import multipletests  # noqa: PLC0415 - a second

    adjusted = iter(multipletests(tested, method="holm")[1].tolist())
    return [None if p is None else next(adjusted) for p in p_values]


def _checked(values: Sequence[float]) -> np.ndarray:
    """The values, sorted: their order says nothing, and must not move a resampled figure."""
    array = np.sort(np.asarray(values, dtype=np.float64))
    if array.size == 0 or not np.isfinite(array).all():
        raise ValueError(f"Statistics need at least one value and only finite ones, not {list(values)}.")
    return array


def _standard_error(values: np.ndarray, resolution: float) -> float:
    return max(float(values.std(ddof=1)), resolution) / math.sqrt(len(values))


def _t(values: np.ndarray, resolution: float) -> float:
    """Student's t of the mean against zero; infinite where values without any spread differ from zero."""
    mean, error = float(values.mean()), _standard_error(values, resolution)
    # what rounding leaves of equal values is no spread
    if error > 1e-12 * abs(mean):
        return mean / error
    return math.copysign(math.inf, mean) if mean else 0.0


def _upper_tail(t: float, n: int) -> float:
    from scipy import stats  # noqa: PLC0415

    return float(stats.t.sf(t, n - 1))


def _sign_flip(differences: np.ndarray) -> float:
    from scipy import stats  # noqa: PLC0415

    found = stats.permutation_test(
        (differences,),
        np.mean,
        permutation_type="samples",
        vectorized=True,
        n_resamples=2**EXACT_UP_TO,
        rng=np.random.default_rng(0),
    )
    return float(found.pvalue)


def _bootstrap(values: np.ndarray, confidence: float) -> tuple[float, float]:
    from scipy import stats  # noqa: PLC0415

    found = stats.bootstrap(
        (values,),
        np.mean,
        confidence_level=confidence,
        n_resamples=RESAMPLES,
        method="BCa",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return float(found.low), float(found.high)
