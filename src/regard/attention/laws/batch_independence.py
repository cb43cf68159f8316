"""Examples of a batch do not influence one another."""

from collections.abc import Iterator
from typing import final

from torch import Tensor

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.laws import Case
from regard.laws.figures import change

LOUD = 20.0


@final
class BatchIndependence(MechanismLaw):
    """Making the other examples of a batch louder changes nothing in mine."""

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build()
        inputs = draw(mechanism, b=3)
        loud = inputs.map(_louder)
        for name, mask in declared_masks(mechanism, b=3, n=mechanism.size.length).items():
            yield name, change(mechanism(loud, mask)[1], mechanism(inputs, mask)[1])


def _louder(x: Tensor) -> Tensor:
    """All examples but the second, scaled up."""
    scaled = LOUD * x
    scaled[1] = x[1]
    return scaled
