"""How far a training has come."""

import math
from dataclasses import dataclass, replace
from typing import Literal, final

from regard.core.settings import TrainingSettings

Ending = Literal["finished", "stopped/early", "stopped/target", "diverged"]
"""Why a training ended; all but the first are the names of measurements."""


@final
@dataclass(frozen=True)
class Standing:
    """What the loop itself must keep between steps. Randomness needs no memory: seed and step decide."""

    step: int = 0
    """Optimizer steps taken."""
    best_step: int = 0
    """The step of the best weights so far; 0 before the first evaluation."""
    best_score: float = -math.inf
    best_loss: float = math.inf
    stale: int = 0
    """Evaluations since the validation score last rose."""
    marks: int = 0
    """Costs of the budget at which it was evaluated."""
    ending: Ending | None = None
    """Why training has ended; None while it goes on."""

    def evaluated(self, score: float, loss: float) -> "Standing":
        """Where it stands after an evaluation. Best is the highest score; of equals, the lowest loss."""
        stale = 0 if score > self.best_score else self.stale + 1
        if (score, -loss) <= (self.best_score, -self.best_loss):
            return replace(self, stale=stale)
        return replace(self, stale=stale, best_step=self.step, best_score=score, best_loss=loss)

    def stopped(self, settings: TrainingSettings, score: float) -> "Standing":
        """Where it stands once the rules for stopping have been asked."""
        if settings.target is not None and score >= settings.target:
            return replace(self, ending="stopped/target")
        if settings.patience is not None and self.stale >= settings.patience:
            return replace(self, ending="stopped/early")
        return self
