"""Two parts of the mask at once hide what either hides."""

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
class CausalAndPadding(MechanismLaw):
    """Causal and padded at once, neither the future nor the padding is read."""

    needs = ("causal", "padding")

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build()
        inputs, others, n = draw(mechanism), draw(mechanism, seed=1), mechanism.size.length
        future = torch.arange(n) >= n // 2
        for place, keys in paddings(2, n).items():
            mask, seen = Mask(causal=True, keys=keys), (keys & ~future)[:, None, :, None]
            expected = mechanism(inputs, mask)
            for amplitude in (1, 5):
                loud = others.map(functools.partial(torch.mul, other=amplitude))
                mixed = mechanism(replaced(inputs, future | ~keys, loud), mask)
                yield f"amplitude {amplitude}, padding {place}", change(mixed * seen, expected * seen)
