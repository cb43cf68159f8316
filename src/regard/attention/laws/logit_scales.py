"""Finite results at large scores, in low precision too."""

from collections.abc import Iterator
from typing import final

import torch

from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.laws import Case
from regard.laws.figures import finite

SCALES = (16, 64)


@final
class LogitScales(MechanismLaw):
    """Output and gradients are finite when a stream is up to 64 times as large, in bfloat16 too."""

    limit = 0.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        size = subject.size(48)
        for dtype in (torch.float32, torch.bfloat16):
            mechanism = subject.build(size, dtype=dtype)
            drawn = draw(mechanism, n=48, dtype=dtype)
            for case, mask in declared_masks(mechanism, n=48).items():
                for name, each in drawn.items():
                    for scale in SCALES:
                        inputs = with_grad(drawn.replace(**{name: scale * each}))
                        mixed = mechanism(inputs, mask)
                        slopes = gradients(mixed, mechanism, inputs)
                        figure = 0.0 if finite(mixed, *slopes.values()) else float("inf")
                        yield f"{name} times {scale}, {dtype}, {case}", figure
