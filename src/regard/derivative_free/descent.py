"""Where a search stands within a step: its best loss, what it may still ask, and how it moves."""

import math
from collections.abc import Callable
from typing import final

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from regard.derivative_free.evaluator import Evaluator
from regard.derivative_free.moves import Moves

Reach = Callable[[Int64[Tensor, " moves"]], Float64[Tensor, " moves"]]
"""How far moves of these coordinates go."""


@final
class Descent:
    """The parameters as they are, with their loss, and moves away from them.

    evaluator: begun for this step.
    best: the loss at the parameters as they are; NaN counts as infinite, so that any finite loss is better.
    margin: by how much a loss must be lower to be accepted.
    reach: how far a move of a coordinate goes.
    longest: how many moves may be tried.
    allowed: how many losses may be asked for, be it of a move or to confirm one.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        *,
        best: float,
        margin: float,
        reach: Reach,
        longest: float,
        allowed: float,
    ) -> None:
        self.evaluator = evaluator
        self.best = math.inf if math.isnan(best) else best
        self.margin = margin
        self.reach = reach
        self.longest = longest
        self.allowed = allowed
        self.tried = 0
        """Moves that were tried: as many with every evaluator that is asked no further than it needs."""
        self.asked = 0
        """Losses that were asked for."""

    @property
    def left(self) -> int:
        """How many moves may still be tried; of the losses one is kept for the confirmation of a move."""
        kept = 0 if self.evaluator.canonical else 1
        left = min(self.longest - self.tried, self.allowed - self.asked - kept)
        return int(min(max(0, left), 2**62))

    def moves(self, numbers: Int64[Tensor, " moves"]) -> Moves:
        """Moves by their numbers in an order: of coordinate j // 2, upward where j is even."""
        coordinates = numbers // 2
        return Moves(coordinates, torch.where(numbers % 2 == 0, 1.0, -1.0) * self.reach(coordinates))

    def ask(self, moves: Moves) -> Float64[Tensor, " moves"]:
        """The loss after each of the moves for itself."""
        self.asked += len(moves)
        self.tried += len(moves)
        return self.evaluator.losses(moves)

    def improving(self, losses: Float64[Tensor, " moves"]) -> list[int]:
        """Which of the losses are accepted, in order. One that is not finite never is."""
        return torch.nonzero(losses.isfinite() & (losses < self.best - self.margin)).flatten().tolist()

    def take(self, moves: Moves, loss: float | None = None) -> bool:
        """Make moves, unless the loss that is said, or that the closure returns behind them, is too high:
        then the parameters are, bit for bit, as they were before. Returns whether they were made.

        loss: what an evaluator says whose losses are those of the closure; None where it has to be asked.
        """
        cells = [self.evaluator.space.cell(coordinate) for coordinate in moves.coordinates.tolist()]
        saved = [cell.clone() for cell in cells]
        made = False
        try:
            self.evaluator.make(moves)
            if loss is None:
                self.asked += 1
                loss = self.evaluator.incumbent()
            made = math.isfinite(loss) and loss < self.best - self.margin
        finally:
            # also where the closure has raised
            if not made:
                with torch.no_grad():
                    for cell, value in zip(cells, saved, strict=True):
                        cell.copy_(value)
                self.evaluator.forget()
        if made:
            self.best = loss
        return made

    def make(self, moves: Moves, loss: float) -> None:
        """Make moves that were decided upon, whatever their loss on this batch."""
        self.evaluator.make(moves)
        self.best = loss

    def take_one(self, moves: Moves, losses: Float64[Tensor, " moves"], i: int) -> bool:
        """Make the i-th of some moves, confirmed by the closure where the evaluator is not canonical."""
        known = float(losses[i]) if self.evaluator.canonical else None
        return self.take(moves[i : i + 1], known)
