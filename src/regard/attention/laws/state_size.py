"""The size of the state that is kept between two pieces."""

from collections.abc import Iterator
from dataclasses import replace
from typing import final

import torch
from torch.utils import _pytree as pytree

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.pieces import extended
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import State
from regard.laws import Case

SEEN = [0, 1, 20, 21, 70]
"""Numbers of keys at which the state is weighed."""


@final
class StateSize(MechanismLaw):
    """The formula for the state counts the numbers that one sequence carries on."""

    needs = ("streaming",)
    limit = 0.01

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        size = subject.size(heads=4)
        for key_heads in (4, 2) if subject.traits.grouped else (4,):
            mechanism = subject.build(replace(size, key_heads=key_heads))
            inputs = draw(mechanism, b=1, n=SEEN[-1])
            _, states = extended(mechanism, inputs, Mask(causal=True), SEEN)
            for seen, state in zip(SEEN[1:], states[1:], strict=True):
                formula, carried = mechanism.cost(1, seen, Mask()).state_numbers, _numbers(state)
                yield (
                    f"{carried} numbers after {seen} keys of {key_heads} heads, {formula} by formula",
                    abs(formula - carried) / max(carried, 1),
                )


def _numbers(state: State) -> int:
    """Floating point numbers in a state; a position counter is none."""
    leaves = pytree.tree_leaves(state)
    return sum(leaf.numel() for leaf in leaves if isinstance(leaf, torch.Tensor) and leaf.is_floating_point())
