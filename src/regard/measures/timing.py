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
    low: float
    """Of the fastest round."""
    high: float
    """Of the slowest round."""
    ratio: float
    """The median over the rounds of its time over the first call's time in the same round."""


def seconds_of(call: Call, seconds: float = SECONDS) -> float:
    """The median time of a call that is repeated for so many seconds, on one thread, after a first time."""
    from torch.utils.benchmark import Timer  # noqa: PLC0415

    return float(Timer("call()", globals={"call": call}).blocked_autorange(min_run_time=seconds).median)


def summarize(taken: Sequence[float], first: Sequence[float]) -> Timing:
    """The timing of a call from its time in each round, and that of the first call in the same rounds."""
    ratios = [own / other for own, other in zip(taken, first, strict=True)]
    return Timing(statistics.median(taken), min(taken), max(taken), statistics.median(ratios))
