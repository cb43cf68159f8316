"""Dropout of a layer's output."""

from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.laws import ROUNDING, Case
from regard.laws.figures import broken_if, change
from regard.models.checking.law import LayerLaw
from regard.models.checking.subject import LayerSubject, draw
from regard.models.checking.uses import drawing_alike

SHARE = 0.25
NUMBERS = 2 * 24 * 16
TOLERANCE = 5 * (SHARE * (1 - SHARE) / NUMBERS) ** 0.5
"""Five standard deviations of the share that is dropped."""


@final
class Dropout(LayerLaw):
    """In training a share of the output's numbers is 0 and the others are scaled up; else nothing changes."""

    def measure(self, subject: LayerSubject) -> Iterator[Case]:
        x = draw()
        plain, dropping, none = (subject.build(dropout=share) for share in (0.0, SHARE, 0.0))
        yield "in evaluation", change(dropping(x), plain(x))
        whole = drawing_alike(plain.train(), x)
        yield "a share of 0, in training", change(drawing_alike(none.train(), x), whole)
        dropped = drawing_alike(dropping.train(), x)
        kept = dropped != 0
        yield "share that is dropped", broken_if(_is_off(kept))
        yield "what is kept", change(dropped[kept], whole[kept] / (1 - SHARE))
        yield "another draw", broken_if(change(dropping(x), dropped) < ROUNDING)


def _is_off(kept: Tensor) -> bool:
    share = 1 - kept.to(torch.float64).mean().item()
    return abs(share - SHARE) > TOLERANCE
