"""Entries: what blocks of positions are compressed to by learned shares of each position."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad, rms_norm

SMALL = 1e-6
"""What is added to the mean square of an entry."""


@final
class Entries(nn.Module):
    """RMSNorm(Σ_j softmax_j(z_j + p_j) c_j) over the positions j of a block, feature by feature.

    Contents c and scores z are given, p is learned for each place in a block. An entry has several parts,
    such as a key and a value, each normalized for itself. With `overlap` it is made of the block before its
    own as well, whose positions have other contents and scores: those in the first half of the features.
    """

    def __init__(self, block: int, parts: tuple[int, ...], *, overlap: bool = False) -> None:
        super().__init__()
        self.block, self.parts, self.ways = block, parts, 1 + overlap
        self.place = nn.Parameter(torch.zeros(self.ways * block, sum(parts)))
        self.gain = nn.Parameter(torch.ones(sum(parts)))

    @property
    def features(self) -> int:
        """Numbers in one entry."""
        return sum(self.parts)

    def before(self, start: int) -> int:
        """How many complete positions in front of the open block go into an entry to come."""
        return self.block if self.ways > 1 and start >= self.block else 0

    def forward(
        self, content: Float[Tensor, "b 1 m given"], score: Float[Tensor, "b 1 m given"], before: int
    ) -> Float[Tensor, "b 1 w features"]:
        """Those of the complete blocks behind the first `before` positions."""
        shares = (self._slots(score, before, -torch.inf) + self.place.to(score)).softmax(3)
        made = (shares * self._slots(content, before, 0)).sum(3)
        gains = self.gain.to(made).split_with_sizes(self.parts)
        parts = zip(made.split_with_sizes(self.parts, -1), gains, strict=True)
        return torch.cat([rms_norm(x, x.shape[-1:], gain, SMALL) for x, gain in parts], -1)

    def split(self, entries: Float[Tensor, "b 1 w features"]) -> tuple[Tensor, ...]:
        """The parts of entries."""
        return tuple(entries.split_with_sizes(self.parts, -1))

    def numbers(self, m: int) -> int:
        """Numbers that m positions leave: entries, and the contents and scores of entries to come."""
        open_block = m % self.block + self.before(m)
        return self.features * (m // self.block + 2 * self.ways * open_block)

    def flops(self, count: int) -> int:
        """Operations for so many entries: a softmax, a sum and a norm."""
        return self.features * count * (8 * self.ways * self.block + 4)

    def _slots(self, x: Tensor, before: int, missing: float) -> Float[Tensor, "b 1 w slots features"]:
        """What each entry is made of; `missing` stands for the block before the first."""
        count = (x.shape[2] - before) // self.block
        own = self._blocks(x[:, :, before:, -self.features :], count)
        if self.ways == 1:
            return own
        past = x[..., : self.features]
        past = past if before else pad(past, (0, 0, self.block, 0), value=missing)
        return torch.cat([self._blocks(past, count), own], 3)

    def _blocks(self, x: Tensor, count: int) -> Float[Tensor, "b 1 w length features"]:
        return x[:, :, : count * self.block].reshape(*x.shape[:2], count, self.block, x.shape[3])
