"""Real positions in a row, hidden ones behind them: where padding lies then moves no border."""

from dataclasses import dataclass
from typing import Self, final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from regard.attention.mask import Mask


def real_first(real: Bool[Tensor, "#b n"]) -> Int64[Tensor, "#b n"]:
    """Where the real positions stand, in their order, and behind them where the hidden ones do."""
    return (~real).byte().argsort(dim=1, stable=True)


def taken(x: Float[Tensor, "b h n features"], places: Int64[Tensor, "#b some"]) -> Tensor:
    """What stands at some places of each example: (b, h, some, features)."""
    return x.gather(2, places[:, None, :, None].expand(len(x), x.shape[1], -1, x.shape[3]))


@final
@dataclass(frozen=True, eq=False)
class Packing:
    """The order in which n positions are packed: real ones, then hidden ones, each as they stood."""

    places: Int64[Tensor, "#b n"]
    """Where the position stood that is now at each rank."""
    real: Int64[Tensor, "#b"]
    """How many are real."""
    moved: bool
    """Whether any may have moved."""

    @classmethod
    def of(cls, mask: Mask, like: Tensor) -> Self:
        """That of a mask, for streams (b, h, n, features)."""
        n = like.shape[2]
        if mask.keys is None:
            places = torch.arange(n, device=like.device).unsqueeze(0)
            return cls(places, torch.full((1,), n, device=like.device), moved=False)
        return cls(real_first(mask.keys), mask.keys.sum(1), moved=True)

    def packed(self, x: Tensor) -> Tensor:
        """A stream in this order."""
        return taken(x, self.places) if self.moved else x

    def unpacked(self, x: Tensor) -> Tensor:
        """What was packed, in the order as it was."""
        index = self.places[:, None, :, None].expand(x.shape)
        return torch.empty_like(x).scatter(2, index, x) if self.moved else x
