"""The mask's window: only near keys are read."""

from collections.abc import Iterator
from typing import final

import torch

from regard.attention.checking.inputs import draw, keys_replaced
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.laws import ROUNDING, Case
from regard.laws.figures import broken_if, change


@final
class Window(MechanismLaw):
    """A query reads keys at a distance up to the mask's window, and none beyond."""

    needs = ("window",)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism, position = subject.build(subject.size(24)), torch.arange(24)
        inputs, others = draw(mechanism, n=24), draw(mechanism, n=24, seed=1)
        for reach in (0, 1):
            expected = mechanism(inputs, Mask(window=reach))
            for key in (0, 11, 23):
                redrawn = keys_replaced(mechanism, inputs, (position == key).expand(2, 24), others)
                mixed = mechanism(redrawn, Mask(window=reach))
                far, rim = (position - key).abs() > reach, (position - key).abs() == reach
                beyond = change(mixed[:, :, far], expected[:, :, far])
                yield f"queries farther than {reach} from key {key}", beyond
                if reach == 0 and not subject.traits.reads_itself:
                    continue
                unread = change(mixed[:, :, rim], expected[:, :, rim]) < ROUNDING
                yield f"queries just {reach} from key {key}", broken_if(unread)
