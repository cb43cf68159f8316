"""The laws of a mechanism need traits."""

from dataclasses import fields

from regard.attention.traits import Traits
from regard.attention.trial.subject import Subject
from regard.laws import Law


class MechanismLaw(Law[Subject]):
    """Abstract. A law of the catalog subclasses it once; it needs traits that a mechanism can declare."""

    claims = tuple(field.name for field in fields(Traits))
