"""Positions counted without padding: the rank of each among the real ones."""

from dataclasses import dataclass
from typing import Self, final

import torch
from jaxtyping import Int64
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
