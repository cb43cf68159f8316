"""A layer that goes on, piece by piece."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import final

import torch
from torch import Tensor

from regard.attention.mask import Mask
from regard.laws import Case
from regard.laws.figures import change
from regard.models.attention import Attention
from regard.models.checking.law import LayerLaw
from regard.models.checking.subject import LENGTH, LayerSubject, draw

BORDERS = (0, 1, 2, 14, LENGTH)


@final
class GoingOn(LayerLaw):
    """Any cut of a sequence gives what the whole gives, at all positions, with taps, and from latent keys."""

    needs = ("streaming",)

    def measure(self, subject: LayerSubject) -> Iterator[Case]:
        x = draw()
        mask = replace(subject.mask(), causal=True)
        for kind in subject.positions():
            for name, more in (subject.convolved() | subject.latent()).items():
                layer = subject.build(positions=kind, **more)
                figure = change(_in_pieces(layer, x, mask), layer(x, mask=mask))
                yield f"positions {kind}, {name}", figure


def _in_pieces(layer: Attention, x: Tensor, mask: Mask) -> Tensor:
    state, mixed = layer.initial_state(len(x)), []
    for first, stop in pairwise(BORDERS):
        piece, state = layer.extend(x[:, first:stop], mask.rows(first, stop), state)
        mixed.append(piece)
    return torch.cat(mixed, 1)
