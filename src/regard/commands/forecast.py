"""How long a training will take, from a few of its steps."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import final

from regard.core.errors import RegardError
from regard.core.execution import Execution
from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.training import fit
from regard.training.loop.timetable import Timetable
from regard.training.parts.common import task_of

TIMED = 20
"""Steps that are taken; the second half of them is timed, when everything is warm."""


@final
@dataclass(frozen=True)
class Forecast:
    """The pace of a training on this machine, and how far it has to go. Early stops are not foreseen."""

    steps: int
    """At most."""
    step_seconds: float
    evaluations: int
    evaluation_seconds: float

    @property
    def seconds(self) -> float:
        """Of the whole training."""
        return self.steps * self.step_seconds + self.evaluations * self.evaluation_seconds


def forecast(run: Run, execution: Execution) -> Forecast:
    """Train a few steps of a run in memory, and measure.

    Raises a `RegardError` for whatever the description gets wrong, and where the first steps diverge.
    """
    timetable = Timetable.of(run.training, len(task_of(run).split("train")))
    # a schedule of its own, which changes no time
    timed = min(TIMED, timetable.total)
    training = replace(
        run.training,
        steps=timed,
        evaluate_every=math.ceil(timed / 2),
        patience=None,
        target=None,
        checkpoint_every=None,
    )
    short = fit(replace(run, training=training), None, execution.device, execution.form, execution.evaluator)
    paces, seconds = _watched(short)
    if not paces:
        raise RegardError("The first steps diverge, so that no time can be foreseen. Lower the rate.")
    evaluating = max(0.0, seconds - timed * sum(paces) / len(paces)) / len(paces)
    evaluations = math.ceil(timetable.total / timetable.evaluate_every)
    return Forecast(timetable.total, paces[-1], evaluations, evaluating)


def _watched(measurements: Iterator[Measurement]) -> tuple[list[float], float]:
    """Seconds of a step, at each evaluation, and of everything after the first measurement."""
    next(measurements)
    start = time.perf_counter()
    paces = [one.value for one in measurements if one.name == "time/step_seconds"]
    return paces, time.perf_counter() - start
