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
    """The formula counts the numbers that one sequence carries on, and these keep nothing else alive."""

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
                alive = _alive(state)
                yield (
                    f"{alive} bytes kept alive after {seen} keys of {key_heads} heads by a state of "
                    f"{_bytes(state)}: give a copy and not a view",
                    max(alive - _bytes(state), 0) / max(_bytes(state), 1),
                )


def _numbers(state: State) -> int:
    """Floating point numbers in a state; a position counter is none."""
    return sum(leaf.numel() for leaf in _tensors(state) if leaf.is_floating_point())


def _bytes(state: State) -> int:
    """Of all tensors in a state."""
    return sum(leaf.nbytes for leaf in _tensors(state))


def _alive(state: State) -> int:
    """Bytes of all memory that a state's tensors lie in."""
    storages = {leaf.untyped_storage().data_ptr(): leaf.untyped_storage() for leaf in _tensors(state)}
    return sum(storage.nbytes() for storage in storages.values())


def _tensors(state: State) -> list[torch.Tensor]:
    return [leaf for leaf in pytree.tree_leaves(state) if isinstance(leaf, torch.Tensor)]
