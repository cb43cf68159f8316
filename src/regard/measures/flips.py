"""The sign-flip test (Fisher 1935): what the mean would be, were the signs of some differences other."""

import numpy as np

SIGN_FLIP_FROM = 8
"""Pairs from which on the sign-flip test may be used: with n pairs its p never falls below 2 / 2^n, which
is 0.0625 for 5 pairs."""

EXACT_UP_TO = 14
"""Pairs up to which every flip of signs is tried; above, 2^14 random ones."""


def reaches(pairs: int, level: float) -> bool:
    """Whether the sign-flip test can reach the level."""
    return pairs >= SIGN_FLIP_FROM and 2 / 2**pairs <= level


def flipped_means(differences: np.ndarray) -> np.ndarray:
    """The means of the sets of differences whose signs are flipped (Hartigan 1969): of all sets but the empty
    one, or of a sample of them.

    To flip a set makes the sum smaller by twice the set's sum: as many flips are at least as extreme as there
    are sets with means of at most zero, and an interval ends at one of these means.
    """
    n = len(differences)
    if n <= EXACT_UP_TO:
        sets = (np.arange(1, 2**n)[:, None] >> np.arange(n)) & 1
    else:
        sets = np.random.default_rng(0).integers(0, 2, (2**EXACT_UP_TO, n))
        sets = sets[sets.any(axis=1)]
    means = sets @ differences / sets.sum(axis=1)
    # what rounding leaves of zero is zero
    return np.where(np.abs(means) < 1e-12, 0.0, means)
