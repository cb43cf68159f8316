"""Analytic gradients against finite differences."""

from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.checking.gradients import gradients, leaves, weighted
from regard.attention.checking.inputs import draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.core.randomness import generator_of
from regard.laws import Case

STEP = 1e-5


@final
class Gradcheck(MechanismLaw):
    """Along every stream and parameter, the gradient is the slope that two nearby outputs show."""

    limit = 1e-5

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build(subject.size(12))
        inputs = with_grad(draw(mechanism, n=12))
        for name, mask in declared_masks(mechanism, n=12).items():
            slopes = gradients(mechanism(inputs, mask), mechanism, inputs)
            for leaf, tensor in leaves(mechanism, inputs).items():
                direction = torch.randn(tensor.shape, generator=generator_of(0, leaf), dtype=tensor.dtype)
                analytic = (slopes[leaf] * direction).sum().item()
                seen = _difference(mechanism, inputs, mask, tensor, STEP * direction) / STEP
                yield f"{leaf}, {name}", abs(seen - analytic) / max(abs(seen), abs(analytic), 1.0)


@torch.no_grad()
def _difference(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask, leaf: Tensor, by: Tensor) -> float:
    """Half the difference of the outputs with a leaf moved forth and back; the leaf is left as it was."""
    start, sides = leaf.clone(), []
    for sign in (1, -1):
        leaf.copy_(start + sign * by)
        sides.append(weighted(mechanism(inputs, mask)).item())
    leaf.copy_(start)
    return (sides[0] - sides[1]) / 2
