"""Causality: a future that is scaled up."""

from collections.abc import Iterator
from typing import final

import torch

from regard.attention.checking.inputs import draw, replaced
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.laws import Case
from regard.laws.figures import change

LOUDNESS = 8


@final
class CausalityLoud(MechanismLaw):
    """Every stream of the future made eight times louder changes nothing in the present."""

    needs = ("causal",)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build()
        inputs, n = draw(mechanism), mechanism.size.length
        expected, louder = mechanism(inputs, Mask(causal=True)), inputs.map(lambda each: LOUDNESS * each)
        for cut in (1, n // 2, n - 1):
            future = (torch.arange(n) >= cut).expand(2, -1)
            mixed = mechanism(replaced(inputs, future, louder), Mask(causal=True))
            yield f"from position {cut} on", change(mixed[:, :, :cut], expected[:, :, :cut])
