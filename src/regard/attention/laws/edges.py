"""The mask's edges, for graphs: only neighbors are read."""

from collections.abc import Iterator
from typing import final

import torch

from regard.attention.checking.inputs import draw, keys_replaced
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.core.randomness import generator_of
from regard.laws import ROUNDING, Case
from regard.laws.figures import broken_if, change


@final
class Edges(MechanismLaw):
    """A query reads the keys to which it has an edge, and no other."""

    needs = ("edges",)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build(subject.size(24))
        inputs, others = draw(mechanism, n=24), draw(mechanism, n=24, seed=1)
        edges = torch.rand(2, 24, 24, generator=generator_of(0, "conformance", "edges")) < 0.5
        expected = mechanism(inputs, Mask(edges=edges)).transpose(1, 2)
        for key in (0, 11, 23):
            redrawn = keys_replaced(mechanism, inputs, (torch.arange(24) == key).expand(2, 24), others)
            mixed = mechanism(redrawn, Mask(edges=edges)).transpose(1, 2)
            linked = edges[:, :, key]
            yield f"queries without an edge to key {key}", change(mixed[~linked], expected[~linked])
            unread = change(mixed[linked], expected[linked]) < ROUNDING
            yield f"queries with an edge to key {key}", broken_if(unread)
