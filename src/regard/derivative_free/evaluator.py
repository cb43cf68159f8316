"""The contract of an evaluator: losses of many moves."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from jaxtyping import Float64
from torch import Tensor

from regard.derivative_free.closure import Closure, loss_of
from regard.derivative_free.moves import Moves
from regard.derivative_free.space import Space

Pay = Callable[[float], None]
"""Takes note of a cost in forward-equivalents."""


class Evaluator(ABC):
    """Abstract. Answers what the loss would be one move away from the parameters as they are.

    Within a step, which `begin` opens, the parameters change by `make` alone, and the batch does not change.
    The closure pays for its own calls; what is computed in another way an evaluator pays for by `pay`.

    space: of the coordinates of moves.
    pay: takes note of a cost in forward-equivalents, which may be fractional; nothing unless it is given.
    """

    canonical: bool = False
    """Whether the `losses` told last are what the closure returns, bit for bit, so that an accepted move
    needs no confirmation."""
    closure: Closure

    def __init__(self, space: Space, pay: Pay = lambda cost: None) -> None:
        self.space = space
        self.pay = pay

    @property
    def block(self) -> int | None:
        """How many moves it answers best at once; None for an evaluator that gains nothing from several."""
        return None

    def begin(self, closure: Closure) -> None:
        """Open a step: from now on everything is asked about this closure. Weights and batch may be others
        than in the step before.
        """
        self.closure = closure
        self.forget()

    def incumbent(self) -> float:
        """The loss at the parameters as they are, by the closure."""
        return loss_of(self.closure)

    @abstractmethod
    def losses(self, moves: Moves) -> Float64[Tensor, " moves"]:
        """The loss after each move for itself, on the CPU. Bit for bit, the parameters stay as they are."""

    def make(self, moves: Moves) -> None:
        """Change the parameters by all of the moves, which concern different coordinates."""
        found = self.space.moved(moves)
        with torch.no_grad():
            for coordinate, value in zip(moves.coordinates.tolist(), found.tolist(), strict=True):
                self.space.cell(coordinate).fill_(value)
        self.moved(moves)

    def moved(self, moves: Moves) -> None:
        """Take note that the moves have been made. Here: forget what is known of the parameters."""
        self.forget()

    def forget(self) -> None:
        """Let go of everything that was computed from the parameters or the batch. Here: there is nothing."""
        return
