"""A mechanism under test: built small, given inputs, differentiated and measured; what its laws use."""

from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject

__all__ = ["MechanismLaw", "MechanismSubject"]
