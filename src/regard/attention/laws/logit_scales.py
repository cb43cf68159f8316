"""Finite results at large scores, in low precision too."""

from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.checking.examples import mixed_together
from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.laws import Case
from regard.laws.figures import finite
from regard.laws.trying import trying

SINGLE = {torch.float32: (64, 0), torch.bfloat16: (64, 0), torch.float16: (8,)}
"""How much louder one stream is. The slope of what is divided by its own norm is beyond float16 at 0."""

BOTH = {torch.float32: (64, 1000), torch.bfloat16: (64, 1000), torch.float16: ()}
"""How much louder queries and keys are together, so that scores are as much louder as the squares; float16
ends at 65504."""


@final
class LogitScales(MechanismLaw):
    """Output and gradients are finite where streams are large, 0, or alike everywhere, in half precision too.

    One stream is 64 times as large, or q and k together are 1000 times.
    """

    limit = 0.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        size = subject.size(48)
        for dtype in BOTH:
            mechanism = subject.build(size, dtype=dtype)
            drawn = draw(mechanism, n=48, dtype=dtype)
            for case, mask in declared_masks(mechanism, n=48).items():
                with trying(f"{dtype}, {case}"):
                    for what, tensor in _results(mechanism, _extremes(drawn, dtype), mask).items():
                        yield f"{what}, {dtype}, {case}", 0.0 if finite(tensor) else float("inf")


def _results(mechanism: Mechanism, extremes: dict[str, Streams[Tensor]], mask: Mask) -> dict[str, Tensor]:
    """By name: what is mixed of each, and the gradients to all their streams and to the parameters."""
    inputs = {name: with_grad(extreme) for name, extreme in extremes.items()}
    mixed = mixed_together(mechanism, list(inputs.values()), mask)
    streams = {f"{name}, {stream}": x for name, each in inputs.items() for stream, x in each.items()}
    slopes = gradients(torch.cat(mixed), mechanism, Streams(**streams))
    return dict(zip(inputs, mixed, strict=True)) | {f"gradient, {leaf}": x for leaf, x in slopes.items()}


def _extremes(streams: Streams[Tensor], dtype: torch.dtype) -> dict[str, Streams[Tensor]]:
    """By name: one stream louder, queries and keys louder together, nothing at all, nothing that differs."""
    extremes = {
        f"{name} times {by}": streams.replace(**{name: by * each})
        for name, each in streams.items()
        for by in SINGLE[dtype]
    }
    for by in BOTH[dtype] if {"q", "k"} <= set(streams.names) else ():
        extremes[f"q and k times {by}"] = streams.replace(q=by * streams.q, k=by * streams.k)
    if 0 in SINGLE[dtype]:
        extremes["all times 0"] = streams.map(torch.zeros_like)
    extremes["all positions alike"] = streams.map(lambda each: each[:, :, :1].expand_as(each))
    return extremes
