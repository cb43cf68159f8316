"""All moves first, then all improving ones together."""

from typing import Any, final

import torch
from jaxtyping import Float64
from torch import Tensor

from regard.derivative_free.descent import Descent
from regard.derivative_free.moves import Moves
from regard.derivative_free.polls.poll import Outcome, Poll

CHUNK = 256
"""Moves that are asked for at once at most, where the evaluator says nothing."""


@final
class Complete(Poll):
    """All moves of a poll are tried at one point. Then every coordinate that improves is moved at once, by
    the better of its two signs; where that is not lower than the best single move, that one is made alone.

    Of the poll's moves it keeps the improving ones.
    """

    def __init__(self, size: int, seed: int, block: int) -> None:
        super().__init__(size, seed, block)
        self.found, self.losses = Moves.of(), torch.empty(0, dtype=torch.float64)

    def go_on(self, descent: Descent) -> Outcome:
        while self.order.left:
            count = min(descent.evaluator.block or CHUNK, descent.left, self.order.left)
            if not count:
                return "unfinished"
            moves = descent.moves(self.order.next(count))
            self._note(moves, descent.ask(moves), descent)
            self.order.advance(count)
        # the combination and, if it is no better, the best single move
        if len(self.found) and descent.left < 2:
            return "unfinished"
        moved = self._move(descent)
        self.order.renew()
        self._forget()
        return "moved" if moved else "failed"

    def _note(self, moves: Moves, losses: Float64[Tensor, " moves"], descent: Descent) -> None:
        for i in descent.improving(losses):
            self.found = Moves(
                torch.cat([self.found.coordinates, moves.coordinates[i : i + 1]]),
                torch.cat([self.found.deltas, moves.deltas[i : i + 1]]),
            )
            self.losses = torch.cat([self.losses, losses[i : i + 1]])

    def _move(self, descent: Descent) -> bool:
        ranked = self.losses.argsort(stable=True).tolist()
        if not ranked:
            return False
        better = dict[int, int]()
        for i in ranked:
            better.setdefault(int(self.found.coordinates[i]), i)
        chosen = torch.tensor(sorted(better.values()))
        every = Moves(self.found.coordinates[chosen], self.found.deltas[chosen])
        best = self.found[ranked[0] : ranked[0] + 1]
        before = descent.best
        # together they must do better than the best of them alone
        descent.best = min(before, float(self.losses[ranked[0]]) + descent.margin)
        together = len(every) > 1 and descent.take(every)
        if together:
            return True
        descent.best = before
        return descent.take(best)

    def _forget(self) -> None:
        self.found, self.losses = Moves.of(), torch.empty(0, dtype=torch.float64)

    def state_dict(self) -> dict[str, Any]:
        kept = {
            "coordinates": self.found.coordinates.tolist(),
            "deltas": self.found.deltas.tolist(),
            "losses": self.losses.tolist(),
        }
        return super().state_dict() | kept

    def load_state_dict(self, state: dict[str, Any]) -> None:
        super().load_state_dict(state)
        self.found = Moves.of(*zip(state["coordinates"], state["deltas"], strict=True))
        self.losses = torch.tensor(state["losses"], dtype=torch.float64)
