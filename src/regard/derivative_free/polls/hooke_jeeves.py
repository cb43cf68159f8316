"""Explore, then go on in the direction in which exploring has led."""

from typing import Any, final

from regard.derivative_free.descent import Descent
from regard.derivative_free.moves import Moves
from regard.derivative_free.polls.poll import Outcome, Poll


@final
class HookeJeeves(Poll):
    """Hooke & Jeeves 1961: one way through all moves, in which every move that is accepted is made and the
    next one is tried from there; then, if any was, all of them are made once more, as one move.
    """

    def __init__(self, size: int, seed: int, block: int) -> None:
        super().__init__(size, seed, block)
        self.led = dict[int, float]()
        """What this poll has added so far, by coordinate."""

    def go_on(self, descent: Descent) -> Outcome:
        while self.order.left:
            count = min(self.width.within(descent.evaluator.block), descent.left)
            if not count:
                return "unfinished"
            moves = descent.moves(self.order.next(count))
            losses = descent.ask(moves)
            taken = next((i for i in descent.improving(losses) if descent.take_one(moves, losses, i)), None)
            self.width.observe(len(moves), taken)
            self.order.advance(len(moves) if taken is None else taken + 1)
            if taken is not None:
                self._note(int(moves.coordinates[taken]), float(moves.deltas[taken]))
                return "moved"
        if not self.led:
            self.order.renew()
            return "failed"
        if not descent.left:
            return "unfinished"
        descent.take(Moves.of(*self.led.items()))
        self.led = {}
        self.order.renew()
        return "moved"

    def _note(self, coordinate: int, delta: float) -> None:
        self.led[coordinate] = self.led.get(coordinate, 0.0) + delta
        if not self.led[coordinate]:
            del self.led[coordinate]

    def state_dict(self) -> dict[str, Any]:
        return super().state_dict() | {"led": dict(self.led)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        super().load_state_dict(state)
        self.led = dict(state["led"])
