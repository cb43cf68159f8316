"""A budget of nothing."""

from collections.abc import Iterator
from typing import final

from regard.laws import Case
from regard.optimization.checking import OptimizerLaw, OptimizerSubject


@final
class Allowance(OptimizerLaw):
    """No step asks for more losses than it is allowed, and with none allowed nothing changes."""

    limit = 0.0

    def measure(self, subject: OptimizerSubject) -> Iterator[Case]:
        trial = subject.trial()
        for allowed in (0, 1, 3, 50):
            before, calls = trial.copies(), trial.calls
            trial.search.allowance = allowed
            trial.steps(1)
            yield f"{allowed} allowed", max(0.0, float(trial.calls - calls - allowed))
            yield f"{allowed} allowed, weights", 0.0 if allowed else trial.changed(before)
