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
        for allowed in (0, 1, 3, 50):
            trial = subject.trial()
            trial.search.allowance = allowed
            for step in range(1, 3):
                before, calls = trial.copies(), trial.calls
                trial.steps(1)
                yield f"{allowed} allowed, step {step}", max(0.0, float(trial.calls - calls - allowed))
                if not allowed:
                    yield f"nothing allowed, weights after step {step}", trial.changed(before)
