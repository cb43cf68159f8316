"""Padding: its length, which depends on the other examples of a batch, changes nothing."""

from collections.abc import Iterator
from typing import final

import torch

from regard.attention.checking.inputs import draw, first
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.laws import Case
from regard.laws.figures import change

REAL = 50


@final
class PaddingLength(MechanismLaw):
    """However much padding follows a sequence, it reads the same as without any."""

    needs = ("padding",)

    def exempt(self, subject: MechanismSubject) -> str | None:
        return "its length is that of the grid" if subject.traits.needs_grid else super().exempt(subject)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build()
        inputs = draw(mechanism)
        for causal in (False, True) if subject.traits.causal else (False,):
            alone = mechanism(first(inputs, REAL), Mask(causal=causal))
            for padded in (REAL, REAL + 1, mechanism.size.length):
                keys = (torch.arange(padded) < REAL).expand(2, padded)
                mixed = mechanism(first(inputs, padded), Mask(causal=causal, keys=keys))
                name = "causal, " if causal else ""
                yield f"{name}{padded - REAL} positions of padding", change(mixed[:, :, :REAL], alone)
