"""A layer under test: the shell around a mechanism, built small; what its laws use."""

from regard.models.checking.law import LayerLaw
from regard.models.checking.subject import LayerSubject

__all__ = ["LayerLaw", "LayerSubject"]
