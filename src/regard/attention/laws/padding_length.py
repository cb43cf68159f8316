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

MORE = (0, 1, 40)
"""Positions of padding."""


@final
class PaddingLength(MechanismLaw):
    """However much padding follows a sequence, it reads the same as without any."""

    needs = ("padding",)

    def exempt(self, subject: MechanismSubject) -> str | None:
        return "its length is that of the grid" if subject.traits.needs_grid else super().exempt(subject)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        lengths = [n for n in subject.depth.lengths if n > 2]
        longest = max(lengths) + max(MORE)
        mechanism = subject.build(subject.size(longest))
        inputs = draw(mechanism, n=longest)
        for causal in (False, True) if subject.traits.causal else (False,):
            for real in lengths:
                alone = mechanism(first(inputs, real), Mask(causal=causal))
                for more in MORE:
                    keys = (torch.arange(real + more) < real).expand(2, -1)
                    mixed = mechanism(first(inputs, real + more), Mask(causal=causal, keys=keys))
                    name = "causal, " if causal else ""
                    yield f"{name}{real} positions and {more} of padding", change(mixed[:, :, :real], alone)
