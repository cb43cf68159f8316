"""A move is proposed by one batch, and made when others agree."""

import math
from typing import Any, final

from regard.derivative_free.descent import Descent
from regard.derivative_free.moves import Moves
from regard.derivative_free.polls.poll import Outcome, Poll
from regard.derivative_free.sequential import ConfidenceSequence


@final
class Tested(Poll):
    """The first move in the order that lowers the loss on a batch is a candidate. Each step after that, on a
    batch of its own, notes by how much the candidate's loss lies above that of the parameters, until bounds
    of the mean of these differences say that it is lower, or that it is not, or the batches are used up. On
    the batch that proposed it a candidate is lower by selection, so that this one is no evidence.

    The anytime-valid counterpart of testing sufficient decrease sequentially (arXiv 2509.14505).

    tests: batches on which a candidate is compared at most, the one that proposed it included.
    alpha: the probability at most that a candidate is made that does not lower the mean loss.
    """

    def __init__(self, size: int, seed: int, tests: int, alpha: float) -> None:
        super().__init__(size, seed, 1)
        self.tests, self.alpha = tests, alpha
        self.candidate: tuple[int, float] | None = None
        """Its coordinate, and what it adds."""
        self.evidence = ConfidenceSequence(alpha)

    def go_on(self, descent: Descent) -> Outcome:
        return self._seek(descent) if self.candidate is None else self._compare(descent, self.candidate)

    def _seek(self, descent: Descent) -> Outcome:
        """Go on to the next candidate."""
        while self.order.left:
            count = min(self.width.within(descent.evaluator.block), descent.left)
            if not count:
                return "unfinished"
            moves = descent.moves(self.order.next(count))
            found = next(iter(descent.improving(descent.ask(moves))), None)
            self.width.observe(len(moves), found)
            self.order.advance(len(moves) if found is None else found + 1)
            if found is not None:
                self.candidate = int(moves.coordinates[found]), float(moves.deltas[found])
                self.evidence = ConfidenceSequence(self.alpha)
                return "unfinished"
        self.order.renew()
        return "failed"

    def _compare(self, descent: Descent, candidate: tuple[int, float]) -> Outcome:
        """Note what one more batch says, and decide as soon as that is possible."""
        if not descent.left:
            return "unfinished"
        moves = Moves.of(candidate)
        loss = float(descent.ask(moves)[0])
        lower = self._lower(loss, descent)
        if lower:
            descent.make(moves, loss)
            self.order.renew()
        if lower is not None:
            self.candidate = None
        return "moved" if lower else "unfinished"

    def _lower(self, loss: float, descent: Descent) -> bool | None:
        """Whether the candidate lowers the mean loss by more than the margin; None while that is open."""
        if not (math.isfinite(loss) and math.isfinite(descent.best)):
            return math.isfinite(loss)
        self.evidence.note(loss - descent.best)
        below, above = self.evidence.bounds
        if above < -descent.margin:
            return True
        dropped = below >= -descent.margin or self.evidence.count + 1 >= self.tests
        return False if dropped else None

    def state_dict(self) -> dict[str, Any]:
        kept = {"candidate": self.candidate, "evidence": self.evidence.state_dict()}
        return super().state_dict() | kept

    def load_state_dict(self, state: dict[str, Any]) -> None:
        super().load_state_dict(state)
        candidate = state["candidate"]
        self.candidate = None if candidate is None else (candidate[0], candidate[1])
        self.evidence.load_state_dict(state["evidence"])
