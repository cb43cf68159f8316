"""Registration: torch knows of all that a mechanism keeps and learns."""

from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor, nn

from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.loose import loose
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.laws import Case
from regard.laws.figures import broken_if

N = 24


@final
class Registration(MechanismLaw):
    """Every tensor that is kept or learned is a parameter or a buffer, from when the mechanism is built.

    It belongs to this mechanism alone: another one of the class learns by itself. What is made at the first
    call, or lies in a plain list, no optimizer changes, no checkpoint holds and no move to another device
    takes along. In eval mode a call leaves all of them as they are.
    """

    limit = 0.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build(subject.size(N))
        for where in loose(mechanism):
            yield (
                f"{where} is neither a parameter nor a buffer, so it stays behind on a move",
                broken_if(True),
            )
        shared = _places(mechanism) & _places(subject.build(subject.size(N)))
        yield f"{len(shared)} tensors are those of another mechanism too", broken_if(bool(shared))
        before, values = dict(mechanism.named_parameters()), _kept(mechanism)
        learn = {name for name, each in before.items() if each.requires_grad}
        _use(mechanism)
        kept = _kept(mechanism)
        changed = [name for name, value in kept.items() if not _same(value, values.get(name))]
        yield f"{', '.join(changed) or 'nothing'} changed by a call in eval mode", broken_if(bool(changed))
        _use(mechanism.train())
        after = dict(mechanism.named_parameters())
        for name in sorted(before.keys() | after.keys()):
            same = before.get(name) is after.get(name)
            yield f"{name} is made, replaced or removed by a call", broken_if(not same)
            frozen = name in learn and name in after and not after[name].requires_grad
            yield f"{name} learns no more after a call", broken_if(frozen)
        for where, held in loose(mechanism).items():
            learns = isinstance(held, nn.Module) or (held.is_leaf and held.requires_grad)
            yield f"{where}, made by a call, is no parameter", broken_if(learns)


def _places(mechanism: Mechanism) -> set[int]:
    """Where all that it keeps and learns lies."""
    held = (*mechanism.parameters(), *mechanism.buffers())
    return {each.untyped_storage().data_ptr() for each in held if each.numel()}


def _use(mechanism: Mechanism) -> None:
    """Call it under every mask, forward and backward, and let it go on."""
    inputs = with_grad(draw(mechanism, n=N))
    for mask in declared_masks(mechanism, n=N).values():
        gradients(mechanism(inputs, mask), mechanism, inputs)
    if mechanism.traits.streaming:
        mechanism.extend(inputs, Mask(causal=True), mechanism.initial_state(2))


def _kept(mechanism: Mechanism) -> dict[str, Tensor]:
    """What a checkpoint holds: a table that is made as long as it is needed is not among it."""
    return {name: each.detach().clone() for name, each in mechanism.state_dict().items()}


def _same(one: Tensor, other: Tensor | None) -> bool:
    return other is not None and one.shape == other.shape and bool(torch.equal(one, other))
