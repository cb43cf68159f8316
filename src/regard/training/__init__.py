"""Training: an iterator of measurements, with checkpoints that go on exactly where they stopped."""

from regard.training.evaluation import Evaluation, evaluate
from regard.training.examination import Examination, examination
from regard.training.fit import fit
from regard.training.fit_packed import fit_packed
from regard.training.in_memory import InMemory
from regard.training.loading import load
from regard.training.refuse import refuse

__all__ = [
    "Evaluation",
    "Examination",
    "InMemory",
    "evaluate",
    "examination",
    "fit",
    "fit_packed",
    "load",
    "refuse",
]
