"""Candidates that share one computation, as each of them changes another part of it."""

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Int64
from torch import Tensor
from torch.nn.functional import one_hot


@final
@dataclass(frozen=True, eq=False)
class Packs:
    """Which of m packs each of k candidates is in, so that no pack has two that change the same group."""

    of: Int64[Tensor, " p"]
    groups: Int64[Tensor, " p"]
    """Which part each candidate changes."""

    @property
    def count(self) -> int:
        """m."""
        return int(self.of.max()) + 1


def packed(groups: Int64[Tensor, " p"]) -> Packs:
    """As few packs as there can be: as many as candidates change the same group."""
    before = one_hot(groups).cumsum(0) - 1
    return Packs(before[torch.arange(len(groups)), groups], groups)
