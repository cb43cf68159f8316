"""What judges an optimizer: the part under test, and a small problem."""

from regard.optimization.checking.law import OptimizerLaw
from regard.optimization.checking.subject import OptimizerSubject

__all__ = ["OptimizerLaw", "OptimizerSubject"]
