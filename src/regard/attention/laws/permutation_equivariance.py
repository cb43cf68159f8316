"""Whether the order of positions matters."""

from collections.abc import Iterator
from typing import final

import torch

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import paddings
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.core.randomness import generator_of
from regard.laws import Case
from regard.laws.figures import broken_if, change

VISIBLE = 1e-3
"""What a mechanism that knows positions must at least change when they are permuted."""


@final
class PermutationEquivariance(MechanismLaw):
    """Permuting positions permutes the output if the traits say so, and visibly does not if they deny it."""

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build()
        inputs, n = draw(mechanism), mechanism.size.length
        order = torch.randperm(n, generator=generator_of(0, "conformance", "order"))
        permuted = inputs.map(lambda each: each[:, :, order])
        moved = change(mechanism(permuted), mechanism(inputs)[:, :, order])
        if not subject.traits.equivariant:
            yield "equivariant, which the traits deny", broken_if(moved < VISIBLE)
            return
        yield "no mask", moved
        if subject.traits.padding:
            keys = paddings(2, n)["at the end"]
            expected = mechanism(inputs, Mask(keys=keys))[:, :, order]
            mixed = mechanism(permuted, Mask(keys=keys[:, order]))
            # what a query in the padding gives is read by nobody
            real = keys[:, order]
            yield "padding", change(mixed.transpose(1, 2)[real], expected.transpose(1, 2)[real])
