"""The laws of a layer need what its mechanism can claim."""

from typing import ClassVar, get_args

from regard.attention.traits import Claim
from regard.laws import Law
from regard.models.checking.subject import LayerSubject


class LayerLaw(Law[LayerSubject]):
    """Abstract. A law of the catalog subclasses it once."""

    claims = get_args(Claim)
    needs: ClassVar[tuple[Claim, ...]] = ()
