"""How soon a run gets somewhere."""

import statistics
from collections.abc import Iterable, Sequence

from regard.core.measurement import Measurement

SHARE = 0.95
"""Of the baseline's validation score: where the race ends."""


def steps_to(scores: Iterable[Measurement], target: float) -> int | None:
    """The first step at which a curve is at least at the target; None if it never is."""
    return min((one.step for one in scores if one.value >= target), default=None)


def median_steps(steps: Sequence[int | None]) -> float | None:
    """The median over seeds, in which never (None) is later than any step; None if that is the median."""
    if not steps:
        return None
    median = statistics.median(float("inf") if step is None else step for step in steps)
    return None if median == float("inf") else float(median)
