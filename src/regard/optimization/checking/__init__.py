"""What judges an optimizer: the part under test, and small problems."""

from regard.optimization.checking.elsewhere import elsewhere
from regard.optimization.checking.law import OptimizerLaw
from regard.optimization.checking.subject import OptimizerSubject
from regard.optimization.checking.trial import Trial

__all__ = ["OptimizerLaw", "OptimizerSubject", "Trial", "elsewhere"]
