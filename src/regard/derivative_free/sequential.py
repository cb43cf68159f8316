"""Whether the mean of paired differences lies below a number, asked again after each of them."""

import math
from typing import Any, final


@final
class ConfidenceSequence:
    """Bounds of the mean of differences that come one by one: the probability that they ever exclude it,
    after whichever number of them, is at most alpha, so that one may stop as soon as they decide.

    For normal differences of unknown variance (means over a batch are nearly so): Wang & Ramdas 2023, arXiv
    2310.03722, section 4, the t-test martingale with a standard normal prior on mean / deviation. After n
    differences of mean x̄ and variance s² (divided by n), with r = ((n + 1) / alpha²)^(1/n), the bounds are
    x̄ ± s sqrt((n + 1) (r - 1) / (n + 1 - r)), and infinite while r is n + 1 or more.

    alpha: between 0 and 1.
    """

    def __init__(self, alpha: float) -> None:
        self.alpha = alpha
        self.count = 0
        """n."""
        self.mean = 0.0
        self.squares = 0.0
        """Sum of the squared distances from the mean."""

    def note(self, difference: float) -> None:
        """Take note of one more difference."""
        self.count += 1
        away = difference - self.mean
        self.mean += away / self.count
        self.squares += away * (difference - self.mean)

    @property
    def bounds(self) -> tuple[float, float]:
        """Between which the mean lies."""
        deviations = width(self.count, self.alpha)
        if math.isinf(deviations):
            return -math.inf, math.inf
        away = deviations * math.sqrt(self.squares / self.count)
        return self.mean - away, self.mean + away

    def state_dict(self) -> dict[str, Any]:
        """What must be known to go on."""
        return {"count": self.count, "mean": self.mean, "squares": self.squares}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from `state_dict`."""
        self.count, self.mean, self.squares = state["count"], state["mean"], state["squares"]


def width(n: int, alpha: float) -> float:
    """By how many deviations of n differences their mean may lie on either side."""
    if not n:
        return math.inf
    r = ((n + 1) / alpha**2) ** (1 / n)
    return math.sqrt((n + 1) * (r - 1) / (n + 1 - r)) if r < n + 1 else math.inf


def fewest(alpha: float) -> int:
    """After how many differences bounds can be finite."""
    n = 1
    while math.isinf(width(n, alpha)):
        n += 1
    return n
