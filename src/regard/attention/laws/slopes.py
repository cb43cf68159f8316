"""ALiBi's slopes: a bias that grows with the distance."""

from collections.abc import Iterator
from typing import final

import torch

from regard.attention.bias import Bias
from regard.attention.checking.inputs import draw, keys_replaced
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.laws import ROUNDING, Case
from regard.laws.figures import broken_if, change

STEEP = 1e4


@final
class Slopes(MechanismLaw):
    """Zero slopes change nothing, gentle ones something, and steep ones leave only the own position."""

    needs = ("slopes",)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build(subject.size(24))
        inputs, others = draw(mechanism, n=24), draw(mechanism, n=24, seed=1)
        flat, gentle, steep = (
            Mask(bias=Bias(slopes=torch.full((mechanism.size.h,), slope))) for slope in (0.0, 0.1, STEEP)
        )
        plain = mechanism(inputs)
        yield "zero slopes", change(mechanism(inputs, flat), plain)
        yield "gentle slopes", broken_if(change(mechanism(inputs, gentle), plain) < ROUNDING)
        own = torch.arange(24) == 11
        elsewhere = keys_replaced(mechanism, inputs, (~own).expand(2, 24), others)
        near, far = mechanism(inputs, steep), mechanism(elsewhere, steep)
        yield "steep slopes", change(far[:, :, own], near[:, :, own])
