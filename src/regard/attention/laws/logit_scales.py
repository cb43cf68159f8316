"""Finite results at large scores, in low precision too."""

from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.attention.streams import Streams
from regard.laws import Case
from regard.laws.figures import finite
from regard.laws.trying import trying

LOUDNESS = 64

BOTH = (64, 1000)
"""How much louder queries and keys are together, so that scores are as much louder as the squares."""


@final
class LogitScales(MechanismLaw):
    """Output and gradients are finite if a stream is 64, or q and k 1000 times as large; in bfloat16 too."""

    limit = 0.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        size = subject.size(48)
        for dtype in (torch.float32, torch.bfloat16):
            mechanism = subject.build(size, dtype=dtype)
            drawn = draw(mechanism, n=48, dtype=dtype)
            for case, mask in declared_masks(mechanism, n=48).items():
                for name, loud in _louder(drawn).items():
                    with trying(f"{name}, {dtype}, {case}"):
                        inputs = with_grad(loud)
                        mixed = mechanism(inputs, mask)
                        slopes = gradients(mixed, mechanism, inputs)
                    figure = 0.0 if finite(mixed, *slopes.values()) else float("inf")
                    yield f"{name}, {dtype}, {case}", figure


def _louder(streams: Streams[Tensor]) -> dict[str, Streams[Tensor]]:
    """By name: one stream louder, or queries and keys together."""
    louder = {
        f"{name} times {LOUDNESS}": streams.replace(**{name: LOUDNESS * each})
        for name, each in streams.items()
    }
    for by in BOTH if {"q", "k"} <= set(streams.names) else ():
        louder[f"q and k times {by}"] = streams.replace(q=by * streams.q, k=by * streams.k)
    return louder
