"""Streaming: piece by piece against all at once."""

from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import causal_masks
from regard.attention.checking.pieces import extend_by, extended
from regard.attention.checking.subject import MechanismSubject
from regard.attention.kernels.chunks import CHUNK
from regard.attention.kernels.log_prefix import LONGEST_CHUNK
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.laws import Case
from regard.laws.figures import change
from regard.laws.trying import trying

ROUNDED = {torch.float64: 1e-6, torch.float32: 1e-4}
"""What counts as equal: float32 rounds otherwise in another order of summing."""

PRIME = 7

LENGTH = CHUNK + LONGEST_CHUNK + PRIME + 1

CUTS = {
    "one by one": list(range(13)),
    "from one to a chunk": [0, 1, 1 + PRIME, 1 + PRIME + LONGEST_CHUNK, LENGTH],
    "from a chunk to one": [0, CHUNK, CHUNK + LONGEST_CHUNK, LENGTH - 1, LENGTH],
    "in one piece": [0, LENGTH],
}
"""Where pieces begin and end: those of one position, of a prime number, and at the borders of chunks."""


@final
class AnyCut(MechanismLaw):
    """Any cut of a sequence into pieces gives what all at once gives, gradients included; states stay."""

    needs = ("streaming",)
    limit = 1.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        yield from self._of_lengths(subject)
        for regime in subject.of_one_sequence():
            mechanism = subject.build(subject.size_of(regime))
            if not mechanism.traits.streaming:
                continue  # on a grid, for instance
            inputs = with_grad(draw(mechanism, b=regime.b, n=regime.n))
            borders = {"in three": sorted({0, regime.n // 3, regime.n // 3 + 1, regime.n})}
            for name, mask in _extremes(causal_masks(mechanism, regime.n, b=regime.b)).items():
                with trying(f"{regime.name}, {name}"):
                    for where, figure in _apart(mechanism, inputs, mask, borders):
                        yield f"{where}, {name}, {regime.name}", figure / ROUNDED[torch.float64]

    def _of_lengths(self, subject: MechanismSubject) -> Iterator[Case]:
        for dtype, rounded in ROUNDED.items():
            longest = max(subject.depth.lengths) + 1
            mechanism = subject.build(subject.size(longest), dtype=dtype)
            cuts = CUTS | {"at usual lengths": [0, *subject.depth.lengths, longest]}
            for n in sorted({cut[-1] for cut in cuts.values()}):
                inputs = with_grad(draw(mechanism, n=n, dtype=dtype))
                borders = {name: cut for name, cut in cuts.items() if cut[-1] == n}
                for name, mask in _masks(mechanism, n, dtype).items():
                    for where, figure in _apart(mechanism, inputs, mask, borders):
                        yield f"{where}, {name}, {dtype}", figure / rounded


def _masks(mechanism: Mechanism, n: int, dtype: torch.dtype) -> dict[str, Mask]:
    """Every mask for short sequences in float64; float32 only rounds otherwise, and longer cuts cost more."""
    masks = causal_masks(mechanism, n)
    return masks if dtype == torch.float64 and n < CHUNK else _extremes(masks)


def _extremes(masks: dict[str, Mask]) -> dict[str, Mask]:
    """The masks of fewest and of most parts, and padding, over which states are carried."""
    names = sorted(masks, key=lambda name: len(masks[name].parts))
    padded = [name for name in names if name.endswith("padding scattered")]
    return {name: masks[name] for name in (names[0], *padded, names[-1])}


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
