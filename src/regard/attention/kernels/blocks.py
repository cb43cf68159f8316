"""Sequences cut into blocks of real positions: padding lies in none, and moves no border."""

from dataclasses import dataclass
from typing import Self, final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.nn.functional import pad

from regard.attention.kernels.packing import real_first
from regard.attention.mask import Mask


@final
@dataclass(frozen=True)
class Blocks:
    """The readable keys of each example in blocks, in their order; the last block may be partly filled."""

    places: Int64[Tensor, "#b count length"]
    """The position of each key of a block."""
    filled: Bool[Tensor, "#b count length"]
    """Which of these there are."""
    own: Int64[Tensor, "#b m"]
    """The block of each position; of padding that of the last key before it, or the first."""

    @classmethod
    def of(cls, mask: Mask, m: int, length: int, device: torch.device) -> Self:
        """Blocks of so many of the m keys that a mask lets be read."""
        real = torch.ones(1, m, dtype=torch.bool, device=device) if mask.keys is None else mask.keys
        count = cls.needed(m, length)
        order = real_first(real)
        slots = torch.arange(count * length, device=device)
        return cls(
            places=pad(order, (0, count * length - m)).reshape(-1, count, length),
            filled=(slots < real.sum(1, keepdim=True)).reshape(-1, count, length),
            own=(real.cumsum(1) - 1).clamp(min=0) // length,
        )

    @staticmethod
    def needed(m: int, length: int) -> int:
        """How many blocks of a length m keys take."""
        return -(-m // length)

    @property
    def count(self) -> int:
        """How many blocks there are."""
        return self.places.shape[1]

    def cut(self, x: Float[Tensor, "b h m features"]) -> Float[Tensor, "b h count length features"]:
        """A stream of the keys in blocks, 0 where there is no key."""
        places = self.places.flatten(1)[:, None, :, None].expand(*x.shape[:2], -1, x.shape[3])
        blocks = x.gather(2, places).reshape(*x.shape[:2], *self.places.shape[1:], x.shape[3])
        return blocks.masked_fill(~self.filled[:, None, :, :, None], 0)

    def largest(self, scores: Float[Tensor, "b h n m"]) -> Float[Tensor, "b h n count"]:
        """The largest score in each block, given -inf for what is in none."""
        none = scores.new_full((*scores.shape[:3], self.count), -torch.inf)
        own = self.own[:, None, None].expand(scores.shape)
        return none.scatter_reduce(3, own, scores, "amax")

    def keys_of(self, chosen: Int64[Tensor, "b h n r"]) -> tuple[Tensor, Tensor]:
        """The positions in the chosen blocks, (b, h, n, k, length), and which of them there are."""
        example = torch.arange(chosen.shape[0], device=chosen.device)[:, None, None, None]
        example = example if len(self.places) > 1 else torch.zeros_like(example)
        return self.places[example, chosen], self.filled[example, chosen]
