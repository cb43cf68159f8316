"""What must be kept between two positions."""

from collections.abc import Iterator
from typing import final

import torch
from torch.utils import _pytree as pytree

from regard.attention.mechanism import State
from regard.attention.trial.inputs import draw
from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.subject import Subject
from regard.laws import Case


@final
class StateSize(MechanismLaw):
    """The formula for the state counts the numbers that streaming carries."""

    needs = ("streaming",)
    limit = 0.01

    def measure(self, subject: Subject) -> Iterator[Case]:
        size = subject.size()
        mechanism, inputs = subject.build(size), draw(size, b=1)
        state, checked = mechanism.initial_state(1), {1, 20, size.length}
        for position in range(size.length):
            q, k, v = (each[:, :, position] for each in inputs)
            _, state = mechanism.step(q, k, v, state)
            seen = position + 1
            if seen in checked:
                formula = mechanism.cost(1, seen).state_numbers
                carried = _numbers(state)
                yield (
                    f"{carried} numbers after {seen} keys, {formula} by formula",
                    abs(formula - carried) / max(carried, 1),
                )


def _numbers(state: State) -> int:
    """Floating point numbers in a state; a position counter is none."""
    leaves = pytree.tree_leaves(state)
    return sum(leaf.numel() for leaf in leaves if isinstance(leaf, torch.Tensor) and leaf.is_floating_point())
