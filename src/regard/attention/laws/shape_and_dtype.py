"""Shape and precision of the output."""

from collections.abc import Iterator
from typing import final

import torch

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.laws import Case
from regard.laws.figures import broken_if, finite


@final
class ShapeAndDtype(MechanismLaw):
    """The output is (b h n e), finite, and in the inputs' own precision."""

    limit = 0.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        for heads in (1, 3):
            size = subject.size(24, heads=heads)
            for dtype in (torch.float32, torch.float64, torch.bfloat16):
                mechanism = subject.build(size, dtype=dtype)
                mixed = mechanism(draw(mechanism, n=24, dtype=dtype))
                sound = mixed.shape == (2, heads, 24, size.value_features) and mixed.dtype == dtype
                yield f"heads {heads}, {dtype}", broken_if(not (sound and finite(mixed)))
