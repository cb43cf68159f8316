"""Piece by piece against all at once."""

from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.chunks import CHUNK
from regard.attention.log_prefix import BLOCK
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.attention.trial.gradients import gradients
from regard.attention.trial.inputs import draw, with_grad
from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.masks import causal_masks
from regard.attention.trial.pieces import cuts, extend_by, extended
from regard.attention.trial.subject import Subject
from regard.laws import Case
from regard.laws.figures import change

ROUNDED = {torch.float64: 1e-6, torch.float32: 1e-4}
"""What counts as equal: float32 rounds otherwise in another order of summing."""

PIECES = {12: (1,), CHUNK + 6: (7, BLOCK, CHUNK, CHUNK + 6)}
"""By the length of a sequence, the sizes of pieces: one, a prime, the borders of chunks, everything."""

UNEVEN = [0, 1, 3, 12]


@final
class AnyCut(MechanismLaw):
    """Any cut of a sequence into pieces gives what all at once gives, gradients included; states stay."""

    needs = ("streaming",)
    limit = 1.0

    def measure(self, subject: Subject) -> Iterator[Case]:
        for dtype, rounded in ROUNDED.items():
            mechanism = subject.build(dtype=dtype)
            for n, sizes in PIECES.items():
                inputs = with_grad(draw(mechanism, n=n, dtype=dtype))
                for name, mask in causal_masks(mechanism, n).items():
                    borders = {f"pieces of {size}": cuts(n, size) for size in sizes}
                    if n == UNEVEN[-1]:
                        borders["uneven pieces"] = UNEVEN
                    for where, figure in _apart(mechanism, inputs, mask, borders):
                        yield f"{where}, {name}, {dtype}", figure / rounded


def _apart(
    mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask, borders: dict[str, list[int]]
) -> Iterator[Case]:
    """How far outputs and gradients of each cut are from those of one pass."""
    together = mechanism(inputs, mask)
    expected = gradients(together, mechanism, inputs)
    for name, cut in borders.items():
        streamed, states = extended(mechanism, inputs, mask, cut)
        yield name, change(streamed, together)
        for leaf, slope in gradients(streamed, mechanism, inputs).items():
            yield f"{name}, gradient of {leaf}", change(slope, expected[leaf])
        place = len(cut) // 2 - 1
        piece = (cut[place], cut[place + 1])
        again, _ = extend_by(mechanism, inputs, mask, piece, states[place])
        yield f"{name}, the state at {piece[0]} once more", change(again, together[:, :, slice(*piece)])
