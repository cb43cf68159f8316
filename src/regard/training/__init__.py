"""Training: an iterator of measurements, with checkpoints that go on exactly where they stopped."""

from regard.training.checkpoints.in_memory import InMemory
from regard.training.checkpoints.loading import load
from regard.training.evaluation.evaluation import Evaluation, evaluate
from regard.training.evaluation.examination import Examination, examine
from regard.training.loop.fit import fit
from regard.training.pack.fit_packed import fit_packed
from regard.training.pack.pack import refuse_packing
from regard.training.parts.refuse import refuse

__all__ = [
    "Evaluation",
    "Examination",
    "InMemory",
    "evaluate",
    "examine",
    "fit",
    "fit_packed",
    "load",
    "refuse",
    "refuse_packing",
]
