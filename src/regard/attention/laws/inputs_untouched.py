"""No writing in place into the caller's tensors."""

from collections.abc import Iterator
from typing import final

import torch

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.laws import Case
from regard.laws.figures import change


@final
class InputsUntouched(MechanismLaw):
    """Every stream is the same after the call as before."""

    limit = 0.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build()
        inputs = draw(mechanism)
        before = inputs.map(torch.clone)
        for name, mask in declared_masks(mechanism, n=mechanism.size.length).items():
            mechanism(inputs, mask)
            for stream, now in inputs.items():
                yield f"{stream}, {name}", change(now, getattr(before, stream))
