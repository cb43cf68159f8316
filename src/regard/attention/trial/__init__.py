"""A mechanism on trial: built small, given inputs, differentiated and measured. What its laws are made of."""

from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.subject import Subject

__all__ = ["MechanismLaw", "Subject"]
