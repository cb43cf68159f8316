"""What is said to need a grid reads it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import final

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mechanism import Mechanism
from regard.attention.size import Grid
from regard.laws import ROUNDING, Case
from regard.laws.figures import broken_if, change

GRIDS = (Grid(4, 6), Grid(6, 4), Grid(2, 12), Grid(12, 2))
"""Grids of as many positions."""


@final
class NeedsGrid(MechanismLaw):
    """What declares that it needs a grid gives something else on a grid of another shape.

    A mechanism that does not read the grid would be exempt from the laws of lengths for nothing.
    """

    needs = ("needs_grid",)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        built = [subject.build(replace(subject.size(24), grid=grid)) for grid in GRIDS]
        shapes = [{name: each.shape for name, each in one.state_dict().items()} for one in built]
        alike = all(each == shapes[0] for each in shapes) and _give_the_same(built)
        yield "gives the same on every grid", broken_if(alike)


def _give_the_same(built: list[Mechanism]) -> bool:
    first, *others = built
    inputs = draw(first, n=24)
    for mask in declared_masks(first, n=24).values():
        expected = first(inputs, mask)
        if any(change(other(inputs, mask), expected) > ROUNDING for other in others):
            return False
    return True
