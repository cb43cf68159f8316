"""Moves of single numbers of a model."""

from dataclasses import dataclass
from typing import Self, final

import torch
from jaxtyping import Float64, Int64
from torch import Tensor


@final
@dataclass(frozen=True, eq=False)
class Moves:
    """k moves, each for itself, away from the parameters as they are. Both tensors lie on the CPU."""

    coordinates: Int64[Tensor, " moves"]
    """Which number of a `Space` each of them changes."""
    deltas: Float64[Tensor, " moves"]
    """What it adds to that number."""

    @classmethod
    def of(cls, *moves: tuple[int, float]) -> Self:
        """Moves from pairs of a coordinate and what is added to it."""
        coordinates, deltas = zip(*moves, strict=True) if moves else ((), ())
        return cls(torch.tensor(coordinates, dtype=torch.int64), torch.tensor(deltas, dtype=torch.float64))

    def __len__(self) -> int:
        return len(self.coordinates)

    def __getitem__(self, chosen: slice) -> "Moves":
        return Moves(self.coordinates[chosen], self.deltas[chosen])
