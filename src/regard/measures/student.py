"""Student's t (1908) of a few values."""

import math
from collections.abc import Sequence

import numpy as np


def checked(values: Sequence[float]) -> np.ndarray:
    """The values, sorted: their order says nothing, and must not move a resampled figure.

    Raises `ValueError` without any value, and for values that are not finite.
    """
    array = np.sort(np.asarray(values, dtype=np.float64))
    if array.size == 0 or not np.isfinite(array).all():
        raise ValueError(f"Statistics need at least one value and only finite ones, not {list(values)}.")
    return array


def standard_error(values: np.ndarray, resolution: float) -> float:
    """Of the mean; no spread is taken to be smaller than the resolution."""
    return max(float(values.std(ddof=1)), resolution) / math.sqrt(len(values))


def t_of(values: np.ndarray, resolution: float) -> float:
    """Student's t of the mean against zero; infinite where values without any spread differ from zero."""
    mean, error = float(values.mean()), standard_error(values, resolution)
    # what rounding leaves of equal values is no spread
    if error > 1e-12 * abs(mean):
        return mean / error
    return math.copysign(math.inf, mean) if mean else 0.0


def upper_tail(t: float, n: int) -> float:
    """The probability with which Student's t of n values exceeds `t`."""
    from scipy.special import stdtr  # noqa: PLC0415 - heavy

    return float(stdtr(n - 1, -t))


def t_quantile(tail: float, n: int) -> float:
    """What Student's t of n values exceeds with probability `tail`, at most one half; infinite for 0."""
    from scipy.special import stdtrit  # noqa: PLC0415 - heavy

    return abs(float(stdtrit(n - 1, tail)))
