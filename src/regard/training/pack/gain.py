"""What training several seeds at once gains."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial

from regard.core.randomness import undisturbed
from regard.core.run import Run
from regard.training.loop.fit import train_steps
from regard.training.loop.pace import Pace
from regard.training.pack.pack import Pack, refuse_packing
from regard.training.parts.common import Common
from regard.training.parts.trainer import Trainer

STEPS, ROUNDS = 3, 9
"""Steps in a round, and rounds at most, of which the first warms up and is not counted."""
LONGEST = 5.0
"""Seconds after which no further round begins."""


def packing_gain(runs: Sequence[Run], device: str = "auto") -> float:
    """How many times as fast the runs train at once as one after another.

    Measured side by side on untrained models, a few steps at a time in turns; the median of the ratios.
    Raises `InvalidOption` for what cannot be packed.
    """
    refuse_packing(runs[0])
    common = Common.of(runs[0], device)
    with undisturbed(common.fabric.device), ExitStack() as ends:
        alone, *trainers = [Trainer.of(run, common) for run in (runs[0], *runs)]
        for trainer in (alone, *trainers):
            ends.callback(trainer.batches.close)
        return _median_ratio(alone, Pack.of(trainers))


def gains(runs: Sequence[Run], device: str) -> Iterator[float]:
    """The gain alone, for a process of its own."""
    yield packing_gain(runs, device)


def _median_ratio(alone: Trainer, pack: Pack) -> float:
    ratios: list[float] = []
    start = time.perf_counter()
    while len(ratios) < 2 or (len(ratios) < ROUNDS and time.perf_counter() - start < LONGEST):
        first = STEPS * len(ratios) + 1
        steps = range(first, first + STEPS)
        one = _seconds(partial(train_steps, alone, steps, Pace()))
        all_of_them = _seconds(partial(pack.train, steps, Pace()))
        ratios.append(len(pack.trainers) * one / all_of_them)
    return statistics.median(ratios[1:])


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()  # reads its losses at the end, and so waits for the device
    return time.perf_counter() - start
