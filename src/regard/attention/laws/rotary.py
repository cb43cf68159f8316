"""Rotary positions: whether they are relative in a mechanism."""

from collections.abc import Iterator
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.laws import Case
from regard.laws.figures import change

MOVES = (1, 100)
"""By how many positions all queries and keys are moved."""


@final
class Rotary(MechanismLaw):
    """Moving all positions turns all q and k by one rotation, which changes nothing: only distances count.

    Where scores are no function of q · k, declare `rotary=False`.
    """

    needs = ("rotary",)

    def exempt(self, subject: MechanismSubject) -> str | None:
        read = subject.build().declared
        return super().exempt(subject) or (None if "q" in read and "k" in read else "reads no q and k")

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build(subject.size(24))
        inputs, d = draw(mechanism, n=24), mechanism.size.d
        for layout, places in _layouts(d).items():
            for by in MOVES:
                rotation = _rotation(d, places, by)
                turned = inputs.replace(q=inputs.q @ rotation, k=inputs.k @ rotation)
                for name, mask in declared_masks(mechanism, n=24).items():
                    figure = change(mechanism(turned, mask), mechanism(inputs, mask))
                    yield f"pairs {layout}, moved by {by}, {name}", figure


def _layouts(d: int) -> dict[str, list[tuple[int, int]]]:
    """Which two features make a pair: neighbors, or one of each half."""
    half = d // 2
    return {
        "of neighbors": [(2 * i, 2 * i + 1) for i in range(half)],
        "of halves": [(i, i + half) for i in range(half)],
    }


def _rotation(d: int, pairs: list[tuple[int, int]], by: int) -> Float[Tensor, "d d"]:
    """The matrix that turns pair i by the angle `by` · 10000^(-2 i / d)."""
    rotation = torch.eye(d, dtype=torch.float64)
    for i, (first, second) in enumerate(pairs):
        angle = torch.tensor(by * 10_000 ** (-2 * i / d), dtype=torch.float64)
        rotation[first, first] = rotation[second, second] = angle.cos()
        rotation[first, second], rotation[second, first] = angle.sin(), -angle.sin()
    return rotation
