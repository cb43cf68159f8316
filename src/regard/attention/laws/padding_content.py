"""Padding: its content is never read."""

import functools
from collections.abc import Iterator
from typing import final

import torch

from regard.attention.checking.inputs import draw, replaced
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import paddings
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.laws import Case
from regard.laws.figures import change


@final
class PaddingContent(MechanismLaw):
    """What lies in the padding, in any stream, changes nothing that is read outside it."""

    needs = ("padding",)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build()
        inputs, others = draw(mechanism), draw(mechanism, seed=1)
        for place, keys in paddings(2, mechanism.size.length).items():
            expected, real = mechanism(inputs, Mask(keys=keys)), keys[:, None, :, None]
            for amplitude in (1, 5):
                loud = others.map(functools.partial(torch.mul, other=amplitude))
                mixed = mechanism(replaced(inputs, ~keys, loud), Mask(keys=keys))
                yield f"amplitude {amplitude}, padding {place}", change(mixed * real, expected * real)
