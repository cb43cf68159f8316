"""What is charged."""

from collections.abc import Iterator
from typing import final

from regard.laws import Case
from regard.optimization.checking import OptimizerLaw, OptimizerSubject
from regard.optimization.checking.layer import counted_problem


@final
class Ledger(OptimizerLaw):
    """The ledger of a training holds as many forward-equivalents as a hook on the model counts passes."""

    limit = 0.0

    def measure(self, subject: OptimizerSubject) -> Iterator[Case]:
        model, problem = counted_problem()
        update = subject.update()
        update.begin(problem)
        for step in range(1, 5):
            problem.step = step
            update.step(problem)
            yield f"after step {step}", abs(problem.ledgers[0].total - model.passes) + (not model.passes)
