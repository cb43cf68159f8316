"""Real positions in a row, hidden ones behind them: where padding lies then moves no border."""

from dataclasses import dataclass
from typing import Self, final

import torch
from jaxtyping import Int64
from torch import Tensor

from regard.attention.mask import Mask


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
        return cls((~mask.keys).int().argsort(dim=1, stable=True), mask.keys.sum(1), moved=True)

    def packed(self, x: Tensor) -> Tensor:
        """A stream in this order."""
        return x.gather(2, self._index(x)) if self.moved else x

    def unpacked(self, x: Tensor) -> Tensor:
        """What was packed, in the order as it was."""
        return torch.empty_like(x).scatter(2, self._index(x), x) if self.moved else x

    def _index(self, x: Tensor) -> Tensor:
        return self.places[:, None, :, None].expand(x.shape)
