"""The dense bias: a number for each pair, added to scores."""

import copy
from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.bias import Bias
from regard.attention.checking.gradients import gradient, gradients
from regard.attention.checking.influence import influence
from regard.attention.checking.inputs import draw, keys_replaced, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.core.randomness import generator_of
from regard.laws import ROUNDING, Case
from regard.laws.figures import broken_if, change, finite

CLOSED = -1e4

NOTHING = 5
"""The query that reads nothing."""


@final
class Dense(MechanismLaw):
    """A dense bias of zeros changes nothing; one open at a single key leaves that key; it learns.

    One of minus infinity hides a key as edges do, and may hide all.
    """

    needs = ("dense",)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build(subject.size(24))
        inputs, others, h = draw(mechanism, n=24), draw(mechanism, n=24, seed=1), mechanism.size.h
        flat = torch.zeros(h, 24, 24, dtype=torch.float64, requires_grad=True)
        mixed = mechanism(inputs, _biased(flat))
        yield "zeros", change(mixed, mechanism(inputs))
        slope = gradient(copy.deepcopy(mechanism).train()(inputs, _biased(flat)), flat)
        yield "no gradient reaches the bias", broken_if(not finite(slope) or not bool(slope.any()))
        chosen = torch.randperm(24, generator=generator_of(0, "conformance", "chosen"))
        dense = torch.full((h, 24, 24), CLOSED).scatter(2, chosen.expand(h, -1).unsqueeze(2), 0)
        mask = _biased(dense)
        expected = mechanism(inputs, mask)
        for key in (0, 11, 23):
            redrawn = keys_replaced(mechanism, inputs, (torch.arange(24) == key).expand(2, 24), others)
            moved, reads = mechanism(redrawn, mask), chosen == key
            yield f"queries closed to key {key}", change(moved[:, :, ~reads], expected[:, :, ~reads])
            if change(mechanism(redrawn)[:, :, reads], mechanism(inputs)[:, :, reads]) < ROUNDING:
                continue  # farther than it ever reads
            unread = change(moved[:, :, reads], expected[:, :, reads]) < ROUNDING
            yield f"the query open to key {key}", broken_if(unread)
        yield from _closed_for_good(mechanism, inputs, others)


def _closed_for_good(
    mechanism: Mechanism, inputs: Streams[Tensor], others: Streams[Tensor]
) -> Iterator[Case]:
    """Minus infinity for half of all pairs, and for all of one query; in all heads, which may be mixed."""
    source = generator_of(0, "conformance", "closed")
    closed = (torch.rand(24, 24, generator=source) < 0.5).repeat(mechanism.size.h, 1, 1)
    closed[:, NOTHING] = True
    mask = _biased(torch.zeros(closed.shape, dtype=torch.float64).masked_fill(closed, -torch.inf))
    seen = influence(mechanism, inputs, others, mask).where(closed, 0)
    yield "keys closed by minus infinity", seen.max().item()
    leaves = with_grad(inputs)
    mixed = mechanism(leaves, mask)
    yield "a query closed to all keys", mixed[:, :, NOTHING].abs().max().item()
    for leaf, slope in gradients(mixed, mechanism, leaves).items():
        yield f"a query closed to all keys, gradient of {leaf}", broken_if(not finite(slope))


def _biased(dense: Tensor) -> Mask:
    return Mask(bias=Bias(dense=dense))
