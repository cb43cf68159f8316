"""The bias table: a number for each offset, added to scores."""

import copy
from collections.abc import Iterator
from typing import final

import torch

from regard.attention.bias import Bias
from regard.attention.checking.gradients import gradient
from regard.attention.checking.inputs import draw, keys_replaced
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.laws import ROUNDING, Case
from regard.laws.figures import broken_if, change, finite

CLOSED = -1e4
EXTENT = 4


@final
class Table(MechanismLaw):
    """A table of zeros changes nothing; one open at a single offset leaves that key; it learns."""

    needs = ("table",)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build(subject.size(24))
        h, inputs = mechanism.size.h, draw(mechanism, n=24)
        flat = torch.zeros(h, 2 * EXTENT + 1, dtype=torch.float64, requires_grad=True)
        mixed = mechanism(inputs, _mask(flat))
        yield "a table of zeros", change(mixed, mechanism(inputs))
        slope = gradient(copy.deepcopy(mechanism).train()(inputs, _mask(flat)), flat)
        yield "no gradient reaches the table", broken_if(not finite(slope) or not bool(slope.any()))
        for offset in (-3, 0, 2) if subject.traits.reads_itself else (-3, 2):
            yield from _one_open(mechanism, offset)


def _one_open(mechanism: Mechanism, offset: int) -> Iterator[Case]:
    """Query i reads key i + offset, and no other."""
    inputs, others = draw(mechanism, n=24), draw(mechanism, n=24, seed=1)
    table = torch.full((mechanism.size.h, 2 * EXTENT + 1), CLOSED)
    table[:, offset + EXTENT] = 0
    key, query = torch.arange(24) == 11, 11 - offset
    there = keys_replaced(mechanism, inputs, key.expand(2, 24), others)
    if change(mechanism(there)[:, :, query], mechanism(inputs)[:, :, query]) < ROUNDING:
        return  # farther than it ever reads
    expected = mechanism(inputs, _mask(table))[:, :, query]
    own = torch.arange(24) == query
    beside = ~key if mechanism.traits.reads_itself else ~key & ~own
    elsewhere = keys_replaced(mechanism, inputs, beside.expand(2, 24), others)
    yield f"keys beside offset {offset}", change(mechanism(elsewhere, _mask(table))[:, :, query], expected)
    unread = change(mechanism(there, _mask(table))[:, :, query], expected) < ROUNDING
    yield f"the key at offset {offset} is not read", broken_if(unread)


def _mask(table: torch.Tensor) -> Mask:
    return Mask(bias=Bias(table=table))
