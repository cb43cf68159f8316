"""How long calls take, measured in turns so that a machine that slows down slows all of them."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

Call = Callable[[], object]

ROUNDS = 10
SECONDS = 0.01
"""The least time that one call is repeated for in one round."""


@final
@dataclass(frozen=True)
class Timing:
    """Of one call: seconds per call, and how they compare with the first of the calls measured with it."""

    median_seconds: float
    iqr_seconds: float
    """The distance between the quartiles."""
    ratio: float
    """The median over rounds of its time over the first call's time in the same round."""


def time_in_turns(calls: Sequence[Call], rounds: int = ROUNDS, seconds: float = SECONDS) -> list[Timing]:
    """Time each call once a round, on one thread (torch's `Timer.blocked_autorange`)."""
    from torch.utils.benchmark import Timer  # noqa: PLC0415

    timers = [Timer("call()", globals={"call": call}) for call in calls]
    taken: list[list[list[float]]] = [
        [timer.blocked_autorange(min_run_time=seconds).times for timer in timers] for _ in range(rounds)
    ]
    return [_summary(taken, i) for i in range(len(calls))]


def _summary(taken: list[list[list[float]]], i: int) -> Timing:
    times = [one for turn in taken for one in turn[i]]
    lower, median, upper = np.percentile(times, [25, 50, 75]).tolist()
    ratio = statistics.median(statistics.median(turn[i]) / statistics.median(turn[0]) for turn in taken)
    return Timing(median, upper - lower, ratio)
