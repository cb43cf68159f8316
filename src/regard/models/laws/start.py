"""Positions of queries that stand among the keys of a longer sequence."""

from collections.abc import Iterator
from typing import final

from regard.attention.mask import Mask
from regard.laws import Case
from regard.laws.figures import change
from regard.models.checking.law import LayerLaw
from regard.models.checking.subject import LayerSubject, draw

FIRST = 15


@final
class Start(LayerLaw):
    """The last positions, read over the whole from their start on, give the last outputs of the whole."""

    needs = ("start", "cross")

    def measure(self, subject: LayerSubject) -> Iterator[Case]:
        x = draw()
        for kind in subject.positions():
            layer = subject.build(positions=kind)
            for causal in (False, True) if subject.traits.causal else (False,):
                last = layer(x[:, FIRST:], x, Mask(causal=causal, start=FIRST))
                whole = layer(x, mask=Mask(causal=causal))
                name = "causal" if causal else "not causal"
                yield f"positions {kind}, {name}", change(last, whole[:, FIRST:])
