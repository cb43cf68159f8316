"""Whether the streams declared are those that are read: the shell projects no other."""

from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.core.randomness import generator_of
from regard.laws import ROUNDING, Case
from regard.laws.figures import broken_if, change


@final
class Reads(MechanismLaw):
    """Every stream that is declared with features changes the output, and no other stream does."""

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build()
        inputs, others = _everything(mechanism, seed=0), _everything(mechanism, seed=1)
        expected = mechanism(inputs)
        for name, other in others.items():
            if not other.numel():
                continue
            changed = change(mechanism(inputs.replace(**{name: other})), expected)
            if name in mechanism.declared:
                yield f"{name} is declared but not read", broken_if(changed < ROUNDING)
            else:
                yield f"{name} is read but not declared", changed


def _everything(mechanism: Mechanism, seed: int) -> Streams[Tensor]:
    """The streams that it declares, and queries, keys and values even if it does not declare them."""
    size = mechanism.size
    usual = {
        name: torch.randn(
            *(2, size.h, size.length, features),
            generator=generator_of(seed, "conformance", "usual", name),
            dtype=torch.float64,
        )
        for name, features in (("q", size.d), ("k", size.d), ("v", size.e))
    }
    return Streams(**usual | dict(draw(mechanism, seed=seed).items()))
