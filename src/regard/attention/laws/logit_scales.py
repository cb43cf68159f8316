"""Scores from gentle to extreme, in low precision."""

from collections.abc import Iterator
from typing import final

import torch

from regard.attention.trial.gradients import gradients
from regard.attention.trial.inputs import Inputs, declared_masks, draw
from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.subject import Subject
from regard.laws import Case
from regard.laws.figures import finite

SCALES = (1, 4, 16, 64)


@final
class LogitScales(MechanismLaw):
    """Output and gradients are finite when queries or keys are up to 64 times as large, in bfloat16 too."""

    limit = 0.0

    def measure(self, subject: Subject) -> Iterator[Case]:
        size = subject.size(48)
        for dtype in (torch.float32, torch.bfloat16):
            mechanism, drawn = subject.build(size, dtype=dtype), draw(size, n=48, dtype=dtype)
            for name, mask in declared_masks(subject.traits, size, 2, 48, 48).items():
                for scale in SCALES:
                    loud_queries = Inputs(scale * drawn.q, drawn.k, drawn.v)
                    loud_keys = Inputs(drawn.q, scale * drawn.k, drawn.v)
                    for letter, scaled in (("q", loud_queries), ("k", loud_keys)):
                        inputs = scaled.with_grad()
                        mixed = mechanism(*inputs, mask)
                        slopes = gradients(mixed, mechanism, inputs)
                        figure = 0.0 if finite(mixed, *slopes.values()) else float("inf")
                        yield f"{letter} times {scale}, {dtype}, {name}", figure
