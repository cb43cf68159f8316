"""Graphs: only neighbors are read."""

from collections.abc import Iterator
from typing import final

import torch

from regard.attention.trial.inputs import declared_masks, draw
from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.subject import Subject
from regard.laws import ROUNDING, Case
from regard.laws.figures import broken_if, change


@final
class Edges(MechanismLaw):
    """A query reads the keys to which it has an edge, and no other."""

    needs = ("edges",)

    def measure(self, subject: Subject) -> Iterator[Case]:
        size = subject.size(24)
        mechanism, inputs, others = subject.build(size), draw(size, n=24), draw(size, n=24, seed=1)
        mask = declared_masks(subject.traits, size, 2, 24, 24)["edges"]
        assert mask.edges is not None
        expected = mechanism(*inputs, mask)
        for key in (0, 11, 23):
            redrawn = inputs.replaced((torch.arange(24) == key).expand(2, 24), others)
            mixed = mechanism(*redrawn.with_queries(inputs.q), mask).transpose(1, 2)
            linked, before = mask.edges[:, :, key], expected.transpose(1, 2)
            yield f"queries without an edge to key {key}", change(mixed[~linked], before[~linked])
            yield (
                f"queries with an edge to key {key}",
                broken_if(change(mixed[linked], before[linked]) < ROUNDING),
            )
