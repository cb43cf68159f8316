"""Strided inputs: heads split off from features by a view, as the shell gives them."""

from collections.abc import Iterator
from typing import final

from torch import Tensor

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.laws import Case
from regard.laws.figures import change


@final
class MemoryLayout(MechanismLaw):
    """The order in which streams lie in memory changes nothing."""

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build()
        inputs = draw(mechanism)
        strided = inputs.map(_heads_inside)
        for name, mask in declared_masks(mechanism, n=mechanism.size.length).items():
            yield name, change(mechanism(strided, mask), mechanism(inputs, mask))


def _heads_inside(x: Tensor) -> Tensor:
    """The same tensor, laid out as (b n h d)."""
    return x.transpose(1, 2).contiguous().transpose(1, 2)
