"""The laws of a mechanism need what a mechanism can claim."""

from typing import ClassVar, get_args

from regard.attention.traits import Claim
from regard.attention.trial.subject import Subject
from regard.laws import Law


class MechanismLaw(Law[Subject]):
    """Abstract. A law of the catalog subclasses it once; it needs claims that a mechanism can make."""

    claims = get_args(Claim)
    needs: ClassVar[tuple[Claim, ...]] = ()
