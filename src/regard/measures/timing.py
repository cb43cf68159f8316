"""How long a call takes, and what of it is noise.

Machines slow down for seconds at a time. So several calls are timed in rounds, in each of which every call
has its turn: what slows one down slows all.
"""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

Call = Callable[[], object]

SECONDS = 0.05
"""The least time that a call is repeated for in one round."""


@final
@dataclass(frozen=True)
class Timing:
    """Of one call over several rounds: seconds per call."""

    median: float
    lower: float
    """The first quartile: a quarter of the rounds were faster."""
    upper: float
    """The third quartile."""
    low: float
    """Of the fastest round."""
    high: float
    """Of the slowest round."""
    ratio: float
    """The median over the rounds of its time over the first call's time in the same round."""


def seconds_of(call: Call, seconds: float = SECONDS, threads: int = 1) -> float:
    """The median time of a call that is repeated for so many seconds, after a first time."""
    from torch.utils.benchmark import Timer  # noqa: PLC0415

    timer = Timer("call()", globals={"call": call}, num_threads=threads)
    return float(timer.blocked_autorange(min_run_time=seconds).median)


def summarize(taken: Sequence[float], first: Sequence[float]) -> Timing:
    """The timing of a call from its time in each round, and that of the first call in the same rounds."""
    ratios = [own / other for own, other in zip(taken, first, strict=True)]
    lower, median, upper = statistics.quantiles(taken, method="inclusive") if taken[1:] else 3 * list(taken)
    return Timing(median, lower, upper, min(taken), max(taken), statistics.median(ratios))
