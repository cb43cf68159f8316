"""Every part of a mask against the edges that it stands for."""

from collections.abc import Iterator
from typing import final

from regard.attention.checking.combinations import (
    BATCH,
    allowed_pairs,
    combined_masks,
    lengths,
    read_rows,
)
from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.laws import Case
from regard.laws.figures import change

LONG = 130
"""Beyond usual chunks and tiles."""


@final
class AsEdges(MechanismLaw):
    """Whatever parts a mask has, the output is that of the edges which it allows."""

    needs = ("edges",)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        for n, m in (*lengths(subject.traits), (LONG, LONG)):
            mechanism = subject.build(subject.size(m))
            inputs = draw(mechanism, b=BATCH, n=n, m=m)
            yield f"n = {n}, m = {m}, no mask", 0.0
            for name, mask in combined_masks(mechanism, n, m).items():
                edges = Mask(edges=allowed_pairs(mask, n, m), start=mask.start, bias=mask.bias)
                real = read_rows(mask, n, m)
                mixed, expected = (mechanism(inputs, each).transpose(1, 2)[real] for each in (mask, edges))
                yield f"n = {n}, m = {m}, {name}", change(mixed, expected)
