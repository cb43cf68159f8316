"""Losses that are no numbers."""

import math
from collections.abc import Iterator
from typing import final

from regard.laws import Case
from regard.optimization.checking import OptimizerLaw, OptimizerSubject


@final
class NotFinite(OptimizerLaw):
    """A loss that is not finite is never accepted, whether it is all that there is or lies among others."""

    limit = 0.0

    def measure(self, subject: OptimizerSubject) -> Iterator[Case]:
        # an estimate from several losses may well move toward the only finite one
        known = 1 if subject.declares("compares") else 0
        for bad in (math.nan, math.inf, -math.inf):
            trial = subject.trial()
            before = trial.copies()
            for _ in range(3):
                trial.search.step(lambda: trial.loss() + (0 if trial.calls <= known else bad))  # noqa: B023
            yield f"{bad} alone", trial.changed(before)
            trial = subject.trial()
            for _ in range(6):
                trial.search.step(lambda: trial.loss() + (0 if trial.calls % 3 else bad))  # noqa: B023
            yield f"{bad} among others", float(sum(int((~each.isfinite()).sum()) for each in trial.copies()))
