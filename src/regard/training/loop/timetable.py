"""At which steps training says or does something beside training."""

import math
from dataclasses import dataclass
from typing import Self, final

from regard.core.settings import TrainingSettings
from regard.training.loop.budget import Budget

REPORT_EVERY = 10
"""Steps between two reports of the training loss."""


@final
@dataclass(frozen=True)
class Timetable:
    """Steps are counted from 1; step 0 is the untrained model."""

    per_epoch: int
    total: int
    evaluate_every: int
    keep_every: int | None
    """Steps between two kept checkpoints; None keeps none."""
    budget: Budget

    @classmethod
    def of(cls, settings: TrainingSettings, samples: int, least: float = 1.0) -> Self:
        """The timetable for that many training samples. The last batch of an epoch may be smaller.

        least: forward-equivalents that a step costs at least, by which a budget bounds the steps.
        """
        per_epoch = math.ceil(samples / settings.batch)
        budget = Budget(settings.budget)
        total = settings.epochs * per_epoch if budget.cost is None else budget.steps(least)
        every = settings.evaluate_every or per_epoch
        return cls(
            per_epoch=per_epoch,
            total=total if settings.steps is None else min(total, settings.steps),
            evaluate_every=every if budget.cost is None else total,
            keep_every=settings.checkpoint_every and settings.checkpoint_every * per_epoch,
            budget=budget,
        )

    def next_stop(self, step: int) -> int:
        """The first step after `step` at which there is a report, an evaluation or a checkpoint."""
        periods = [REPORT_EVERY, self.evaluate_every, *([self.keep_every] if self.keep_every else [])]
        return min(self.total, *(step - step % period + period for period in periods))

    def evaluates_at(self, step: int) -> bool:
        """Whether the model is evaluated after `step`: regularly, and at the very end."""
        return step % self.evaluate_every == 0 or step == self.total

    def keeps_at(self, step: int) -> bool:
        """Whether the weights after `step` are kept for good."""
        return self.keep_every is not None and step % self.keep_every == 0
