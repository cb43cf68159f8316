"""Padding is hidden, not merely silent."""

from collections.abc import Iterator
from typing import final

from regard.attention.mask import Mask
from regard.attention.trial.inputs import Inputs, draw, paddings
from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.subject import Subject
from regard.laws import Case
from regard.laws.figures import change


@final
class PaddingContent(MechanismLaw):
    """What lies in the padding changes nothing that is read outside it."""

    needs = ("padding",)

    def measure(self, subject: Subject) -> Iterator[Case]:
        size = subject.size()
        mechanism, inputs, others = subject.build(size), draw(size), draw(size, seed=1)
        for place, keys in paddings(2, size.length).items():
            expected, real = mechanism(*inputs, Mask(keys=keys)), keys[:, None, :, None]
            for amplitude in (1, 5):
                loud = Inputs(*(amplitude * each for each in others))
                mixed = mechanism(*inputs.replaced(~keys, loud), Mask(keys=keys))
                yield f"amplitude {amplitude}, padding {place}", change(mixed * real, expected * real)
