"""The mask's segments: documents packed into one sequence."""

from collections.abc import Iterator
from itertools import pairwise
from typing import final

import torch

from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import between, draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.laws import Case
from regard.laws.figures import change

BORDERS = (0, 1, 20, 45, 52)
"""Where documents begin and end: one of a single position among them."""


@final
class Segments(MechanismLaw):
    """Documents packed side by side give what each gives alone, gradients included."""

    needs = ("segments",)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism, n = subject.build(), BORDERS[-1]
        inputs = with_grad(draw(mechanism, n=n))
        segments = torch.bucketize(torch.arange(n), torch.tensor(BORDERS[1:]), right=True).expand(2, n)
        for causal in (False, True) if subject.traits.causal else (False,):
            alone = [mechanism(between(inputs, *each), Mask(causal=causal)) for each in pairwise(BORDERS)]
            apart = torch.cat(alone, 2)
            packed = mechanism(inputs, Mask(causal=causal, segments=segments))
            name = "causal" if causal else "not causal"
            yield name, change(packed, apart)
            expected = gradients(apart, mechanism, inputs)
            for leaf, slope in gradients(packed, mechanism, inputs).items():
                yield f"{name}, gradient of {leaf}", change(slope, expected[leaf])
