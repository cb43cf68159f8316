"""The laws of a mechanism need what a mechanism can claim."""

from typing import ClassVar, get_args

from regard.attention.checking.subject import MechanismSubject
from regard.attention.traits import Claim
from regard.laws import Law


class MechanismLaw(Law[MechanismSubject]):
    """Abstract. A law of the catalog subclasses it once; it needs claims that a mechanism can make."""

    claims = get_args(Claim)
    needs: ClassVar[tuple[Claim, ...]] = ()
