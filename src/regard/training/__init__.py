"""Training: an iterator of measurements, with checkpoints that go on exactly where they stopped."""

from regard.training.evaluation import Evaluation, evaluate
from regard.training.fit import fit
from regard.training.loading import load
from regard.training.trainer import planned_steps

__all__ = ["Evaluation", "evaluate", "fit", "load", "planned_steps"]
