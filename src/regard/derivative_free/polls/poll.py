"""The contract of a poll."""

from abc import ABC, abstractmethod
from typing import Any, Literal

from regard.derivative_free.descent import Descent
from regard.derivative_free.order import Order
from regard.derivative_free.width import Width

Outcome = Literal["moved", "failed", "unfinished"]
"""The parameters have changed; no move of a whole poll was accepted; or no more losses may be asked for, and
the next step goes on at the same move."""


class Poll(ABC):
    """Abstract. Which moves are asked for, and which of them are made.

    size: n, of the space.
    seed: of the orders of moves.
    block: moves that are compared at once, where they are.
    """

    def __init__(self, size: int, seed: int, block: int) -> None:
        self.order = Order(size, seed)
        self.block = block
        self.width = Width()

    @abstractmethod
    def go_on(self, descent: Descent) -> Outcome:
        """Go on until the parameters change, the poll has failed, or nothing more may be asked."""

    def state_dict(self) -> dict[str, Any]:
        """What must be known to go on at the same move."""
        return {"order": self.order.state_dict(), "width": self.width.value}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from `state_dict`."""
        self.order.load_state_dict(state["order"])
        self.width.value = state["width"]
