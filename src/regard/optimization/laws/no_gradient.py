"""Nothing but losses."""

from collections.abc import Iterator
from typing import final

from regard.laws import Case
from regard.optimization.checking import OptimizerLaw, OptimizerSubject


@final
class NoGradient(OptimizerLaw):
    """No gradient is ever set."""

    limit = 0.0

    def measure(self, subject: OptimizerSubject) -> Iterator[Case]:
        trial = subject.trial()
        trial.steps(5)
        yield "in five steps", float(sum(each.grad is not None for each in trial.weights.values()))
