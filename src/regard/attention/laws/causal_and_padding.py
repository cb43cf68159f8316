"""Two parts of the mask at once hide what either hides."""

from collections.abc import Iterator
from typing import final

import torch

from regard.attention.mask import Mask
from regard.attention.trial.inputs import Inputs, draw, paddings
from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.subject import Subject
from regard.laws import Case
from regard.laws.figures import change


@final
class CausalAndPadding(MechanismLaw):
    """Causal and padded at once, neither the future nor the padding is read."""

    needs = ("causal", "padding")

    def measure(self, subject: Subject) -> Iterator[Case]:
        size, cut = subject.size(), subject.size().length // 2
        mechanism, inputs, others = subject.build(size), draw(size), draw(size, seed=1)
        future = torch.arange(size.length) >= cut
        for place, keys in paddings(2, size.length).items():
            mask, seen = Mask(causal=True, keys=keys), (keys & ~future)[:, None, :, None]
            expected = mechanism(*inputs, mask)
            for amplitude in (1, 5):
                loud = Inputs(*(amplitude * each for each in others))
                mixed = mechanism(*inputs.replaced(future | ~keys, loud), mask)
                yield f"amplitude {amplitude}, padding {place}", change(mixed * seen, expected * seen)
