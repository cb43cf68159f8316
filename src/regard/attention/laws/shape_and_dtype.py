"""Shape and precision of what comes out."""

from collections.abc import Iterator
from typing import final

import torch

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.laws import Case
from regard.laws.figures import broken_if, finite

N = 24


@final
class ShapeAndDtype(MechanismLaw):
    """The output is (b h n e), finite, and in the inputs' own precision, under every mask and in pieces."""

    limit = 0.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        for heads in (1, 3):
            size = subject.size(N, heads=heads)
            shape = (2, heads, N, size.value_features)
            for dtype in (torch.float32, torch.float64, torch.bfloat16, torch.float16):
                mechanism = subject.build(size, dtype=dtype)
                inputs = draw(mechanism, n=N, dtype=dtype)
                for name, mask in declared_masks(mechanism, n=N).items():
                    mixed = {"": mechanism(inputs, mask)}
                    if mechanism.traits.streaming and mask.causal:
                        mixed[", going on"], _ = mechanism.extend(inputs, mask, mechanism.initial_state(2))
                    for use, each in mixed.items():
                        sound = each.shape == shape and each.dtype == dtype and finite(each)
                        yield f"heads {heads}, {dtype}, {name}{use}", broken_if(not sound)
