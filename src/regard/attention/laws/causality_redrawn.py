"""Causality: a future that is drawn anew."""

from collections.abc import Iterator
from typing import final

import torch

from regard.attention.checking.inputs import draw, replaced
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.laws import Case
from regard.laws.figures import change


@final
class CausalityRedrawn(MechanismLaw):
    """Other streams in the future, each by itself and all of them, change nothing in the present."""

    needs = ("causal",)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build()
        inputs, others, n = draw(mechanism), draw(mechanism, seed=1), mechanism.size.length
        expected = mechanism(inputs, Mask(causal=True))
        for cut in (1, n // 2, n - 1):
            redrawn = replaced(inputs, (torch.arange(n) >= cut).expand(2, -1), others)
            each = {name: inputs.replace(**{name: future}) for name, future in redrawn.items()}
            for name, changed in (each | {"every stream": redrawn}).items():
                mixed = mechanism(changed, Mask(causal=True))
                yield f"{name} from position {cut} on", change(mixed[:, :, :cut], expected[:, :, :cut])
