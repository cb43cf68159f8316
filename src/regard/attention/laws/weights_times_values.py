"""The output against the dense weights."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import final

import torch

from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks, extremes
from regard.attention.checking.subject import MechanismSubject
from regard.attention.kernels.scores import per_head
from regard.attention.mechanism import Mechanism
from regard.attention.size import Grid
from regard.laws import Case
from regard.laws.figures import change

GRID = Grid(height=4, width=7, prefix=2)


@final
class WeightsTimesValues(MechanismLaw):
    """The output is the matrix of weights times the values, under every mask declared, gradients included.

    An objective may compare weights, such as those of a teacher: they have to learn as the output does. At
    other sizes than the usual one gradients are compared under few masks.
    """

    needs = ("weights",)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        size = subject.size()
        mechanism, lengths = subject.build(size), [(size.length, size.length)]
        if subject.traits.cross:
            lengths += [(40, 70), (70, 40)]
        for n, m in lengths:
            for name, figure in _apart(mechanism, n, m):
                yield f"n = {n}, m = {m}, {name}", figure
        for regime in subject.sizes():
            mechanism = subject.build(subject.size_of(regime))
            few = extremes(declared_masks(mechanism, b=regime.b, n=regime.n, m=regime.keys))
            for name, figure in _apart(mechanism, regime.n, regime.keys, regime.b, few):
                yield f"{regime.name}, {name}", figure
        on_grid = subject.build(replace(size, grid=GRID))
        for name, figure in _apart(on_grid, GRID.length, GRID.length):
            yield f"on a grid behind two positions, {name}", figure


def _apart(
    mechanism: Mechanism, n: int, m: int, b: int = 2, learned: Collection[str] | None = None
) -> Iterator[Case]:
    """How far products are from outputs, and gradients under some masks (None: under all)."""
    inputs = with_grad(draw(mechanism, b=b, n=n, m=m))
    other = draw(mechanism, seed=1, b=b, n=n, m=m)
    for name, mask in declared_masks(mechanism, b=b, n=n, m=m).items():
        learns = learned is None or name in learned
        with torch.set_grad_enabled(learns):
            weights = mechanism.weights(inputs, mask)
            mixed, product = mechanism(inputs, mask), weights @ per_head(inputs.v, mechanism.size.h)
        yield name, change(product, mixed)
        if not mask.parts:
            # what a weight makes of one matrix of values it makes of any
            of_others = mechanism(inputs.replace(v=other.v))
            yield "other values", change(weights @ per_head(other.v, mechanism.size.h), of_others)
        if learns:
            expected = gradients(mixed, mechanism, inputs)
            for leaf, slope in gradients(product, mechanism, inputs).items():
                yield f"{name}, gradient of {leaf}", change(slope, expected[leaf])
