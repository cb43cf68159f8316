"""As many as were asked for."""

from collections.abc import Iterator
from typing import final

from regard.laws import Case
from regard.optimization.checking import OptimizerLaw, OptimizerSubject


@final
class Steps(OptimizerLaw):
    """A call of step takes one step: it says so, and, where it is allowed to, it asks for a loss in each."""

    limit = 0.0

    def measure(self, subject: OptimizerSubject) -> Iterator[Case]:
        trial = subject.trial()
        for step in range(1, 9):
            before = trial.calls
            trial.steps(1)
            yield f"in step {step}", float(abs(trial.search.steps - step) + (trial.calls == before))
