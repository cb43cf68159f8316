"""Positions counted without padding: the rank of each among the real ones, and streams packed by rank."""

from dataclasses import dataclass
from typing import Self, final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from regard.attention.mask import Mask


@final
@dataclass(frozen=True)
class Ranks:
    """Those of n new positions behind others."""

    before: Int64[Tensor, "#b 1"]
    """How many real positions there are before the new ones, ..."""
    new: Int64[Tensor, "#b n"]
    """... how many before each of the new ones, of padding one less, so that of the last real one; ..."""
    total: Int64[Tensor, "#b 1"]
    """... and how many there are of all."""

    @classmethod
    def of(cls, mask: Mask, n: int, device: torch.device) -> Self:
        """The ranks of n positions from `mask.start` on."""
        if mask.keys is None:
            new = torch.arange(mask.start, mask.start + n, device=device).unsqueeze(0)
            return cls(new[:, :1], new, new[:, :1] + n)
        counts = mask.keys.cumsum(1)
        before = mask.keys[:, : mask.start].sum(1, keepdim=True)
        return cls(before, counts[:, mask.start :] - 1, counts[:, -1:])


def packed(x: Float[Tensor, "b h m features"], real: Bool[Tensor, "#b m"]) -> Float[Tensor, "b h m features"]:
    """The real positions in front, in their order, and the others behind them."""
    return taken(x, (~real).byte().argsort(dim=1, stable=True))


def taken(
    x: Float[Tensor, "b h m features"], places: Int64[Tensor, "#b some"]
) -> Float[Tensor, "b h some features"]:
    """What stands at some places of each example."""
    return x.gather(2, places[:, None, :, None].expand(len(x), x.shape[1], -1, x.shape[3]))
