"""One move after another: what every other evaluator is compared with."""

from typing import final

import torch
from jaxtyping import Float64
from torch import Tensor

from regard.derivative_free.closure import loss_of
from regard.derivative_free.evaluator import Evaluator
from regard.derivative_free.moves import Moves


@final
class Serial(Evaluator):
    """Makes each move, asks the closure, and puts the saved number back, so that weights stay as they are bit
    for bit. (Subtracting what was added does not restore a float.)
    """

    canonical = True

    def losses(self, moves: Moves) -> Float64[Tensor, " moves"]:
        found = self.space.moved(moves)
        losses = [
            self._loss_at(coordinate, value)
            for coordinate, value in zip(moves.coordinates.tolist(), found.tolist(), strict=True)
        ]
        return torch.tensor(losses, dtype=torch.float64)

    def _loss_at(self, coordinate: int, value: float) -> float:
        cell = self.space.cell(coordinate)
        with torch.no_grad():
            saved = cell.clone()
            try:
                cell.fill_(value)
                return loss_of(self.closure)
            finally:
                cell.copy_(saved)
