"""Padding: a memory of fixed size passes through it as it is."""

from collections.abc import Iterator
from itertools import pairwise
from typing import final

import torch
from torch.utils import _pytree as pytree

from regard.attention.bases.recurrent import Recurrent
from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.pieces import extend_by
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.laws import Case
from regard.laws.figures import change

BORDERS = (0, 3, 40, 41, 44, 114)
"""Pieces, every other of which is padding: on the left, between, and behind; one position, and many."""


@final
class PaddingState(MechanismLaw):
    """Positions that are hidden leave a memory as they found it, wherever they are and however many.

    Such a position neither writes, nor fades, nor counts: a value of 0 alone would let the memory decay.
    """

    needs = ("padding", "streaming")

    def exempt(self, subject: MechanismSubject) -> str | None:
        if not issubclass(subject.part, Recurrent):
            return "keeps positions, and no memory of fixed size"
        if subject.part.moved is not Recurrent.moved:
            return "its memory is relative to the position that follows"
        return super().exempt(subject)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        n = BORDERS[-1]
        mechanism = subject.build(subject.size(n))
        inputs, state = draw(mechanism, n=n), mechanism.initial_state(2)
        keys = torch.ones(2, n, dtype=torch.bool)
        pieces = list(pairwise(BORDERS))
        for start, stop in pieces[::2]:
            keys[:, start:stop] = False
        for start, stop in pieces:
            _, after = extend_by(mechanism, inputs, Mask(causal=True, keys=keys), (start, stop), state)
            if not keys[0, start]:
                for old, new in zip(pytree.tree_leaves(state), pytree.tree_leaves(after), strict=True):
                    yield f"padding from {start} to {stop}", change(new, old.to(new))
            state = after
