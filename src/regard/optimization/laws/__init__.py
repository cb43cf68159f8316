"""The laws of an optimizer without gradients: one per file, independent of one another."""

from regard.laws import Laws
from regard.optimization.checking import OptimizerSubject

OPTIMIZER_LAWS: Laws[OptimizerSubject] = Laws("optimizer", __name__)

__all__ = ["OPTIMIZER_LAWS", "OptimizerSubject"]
