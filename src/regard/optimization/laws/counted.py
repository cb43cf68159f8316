"""Losses that are asked for."""

from collections.abc import Iterator
from typing import final

from regard.laws import Case
from regard.optimization.checking import OptimizerLaw, OptimizerSubject


@final
class Counted(OptimizerLaw):
    """The number of losses that it says it has asked for is the number of calls of the closure."""

    limit = 0.0

    def measure(self, subject: OptimizerSubject) -> Iterator[Case]:
        trial = subject.trial()
        for step in range(1, 9):
            trial.steps(1)
            yield f"after step {step}", float(abs(trial.search.evaluations - trial.calls))
