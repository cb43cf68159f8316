"""Saving and loading: `state_dict` holds everything."""

import copy
from collections.abc import Iterator
from typing import final

import torch

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mechanism import Mechanism
from regard.laws import Case
from regard.laws.figures import broken_if, change


@final
class StateDictRoundTrip(MechanismLaw):
    """A state_dict loaded into a mechanism of another seed gives the same outputs; so does a deep copy."""

    limit = 0.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism, other = subject.build(), subject.build(seed=1)
        inputs = draw(mechanism)
        other.load_state_dict(mechanism.state_dict(), strict=True)
        expected = mechanism(inputs)
        yield "state_dict", change(other(inputs), expected)
        yield "deep copy", change(copy.deepcopy(mechanism)(inputs), expected)
        for name in _loose(mechanism):
            yield f"{name} is neither parameter nor buffer, so it stays behind on a move", broken_if(True)


def _loose(mechanism: Mechanism) -> list[str]:
    """Attributes that hold a tensor which `to` and `state_dict` do not know."""
    return [
        name
        for module in mechanism.modules()
        for name, value in vars(module).items()
        if isinstance(value, torch.Tensor)
    ]
