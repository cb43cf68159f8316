"""Grouped keys and values: fewer heads than queries."""

from collections.abc import Iterator
from dataclasses import replace
from typing import final

from torch import Tensor

from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.pieces import cuts, extended
from regard.attention.checking.subject import MechanismSubject
from regard.attention.kernels.scores import per_head
from regard.attention.mask import Mask
from regard.attention.streams import Streams
from regard.laws import Case
from regard.laws.figures import change

HEADS = 4


@final
class Grouped(MechanismLaw):
    """Keys and values with g heads are read as if each stood once for every query head of its group.

    So are other streams that have a head for each group.
    """

    needs = ("grouped",)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        size = subject.size(heads=HEADS)
        for g in (1, 2):
            mechanism = subject.build(replace(size, key_heads=g))
            inputs, full = with_grad(draw(mechanism, n=20)), subject.build(size)
            own = (name for name, declared in mechanism.declared.items() if not declared.shared)
            repeated = inputs.replace(**{name: per_head(getattr(inputs, name), HEADS) for name in own})
            for name, mask in declared_masks(mechanism, n=20).items():
                mixed, expected = mechanism(inputs, mask), full(repeated, mask)
                yield f"{g} heads, {name}", change(mixed, expected)
                slopes = gradients(expected, full, inputs)
                for leaf, slope in _of_streams(gradients(mixed, mechanism, inputs), inputs).items():
                    yield f"{g} heads, {name}, gradient of {leaf}", change(slope, slopes[leaf])
            if subject.traits.streaming:
                mask = Mask(causal=True)
                streamed, _ = extended(mechanism, inputs, mask, cuts(20, 7))
                yield f"{g} heads, in pieces", change(streamed, full(repeated, mask))


def _of_streams(slopes: dict[str, Tensor], inputs: Streams[Tensor]) -> dict[str, Tensor]:
    return {name: slope for name, slope in slopes.items() if name in inputs}
