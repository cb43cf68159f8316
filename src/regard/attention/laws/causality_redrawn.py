"""Another future."""

from collections.abc import Iterator
from typing import final

import torch

from regard.attention.mask import Mask
from regard.attention.trial.inputs import draw
from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.subject import Subject
from regard.laws import Case
from regard.laws.figures import change


@final
class CausalityRedrawn(MechanismLaw):
    """Other queries, keys and values in the future change nothing in the present."""

    needs = ("causal",)

    def measure(self, subject: Subject) -> Iterator[Case]:
        size = subject.size()
        mechanism, inputs, others = subject.build(size), draw(size), draw(size, seed=1)
        expected = mechanism(*inputs, Mask(causal=True))
        for cut in (1, size.length // 2, size.length - 1):
            future = (torch.arange(size.length) >= cut).expand(2, -1)
            mixed = mechanism(*inputs.replaced(future, others), Mask(causal=True))
            yield f"from position {cut} on", change(mixed[:, :, :cut], expected[:, :, :cut])
