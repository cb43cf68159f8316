"""Examples of a batch are strangers."""

from collections.abc import Iterator
from typing import final

from torch import Tensor

from regard.attention.trial.inputs import Inputs, declared_masks, draw
from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.subject import Subject
from regard.laws import Case
from regard.laws.figures import change

LOUD = 20.0


@final
class BatchIndependence(MechanismLaw):
    """Making the other examples of a batch louder changes nothing in mine."""

    def measure(self, subject: Subject) -> Iterator[Case]:
        size = subject.size()
        mechanism, inputs = subject.build(size), draw(size, b=3)
        loud = Inputs(*(_louder(each) for each in inputs))
        for name, mask in declared_masks(subject.traits, size, 3, size.length, size.length).items():
            yield name, change(mechanism(*loud, mask)[1], mechanism(*inputs, mask)[1])


def _louder(x: Tensor) -> Tensor:
    """All examples but the second, scaled up."""
    scaled = LOUD * x
    scaled[1] = x[1]
    return scaled
