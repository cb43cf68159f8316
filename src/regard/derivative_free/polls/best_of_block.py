"""The best of a block of moves."""

from typing import final

from regard.derivative_free.descent import Descent
from regard.derivative_free.polls.poll import Outcome, Poll


@final
class BestOfBlock(Poll):
    """The best of the next `block` moves in the order is made if it is accepted, and another order begins:
    the fast variant of Chiang et al. 2023, which follows another path than the first improving move does.
    """

    def go_on(self, descent: Descent) -> Outcome:
        while self.order.left:
            count = min(self.block, self.order.left)
            if descent.left < count:
                return "unfinished"
            moves = descent.moves(self.order.next(count))
            losses = descent.ask(moves)
            improving = sorted(descent.improving(losses), key=lambda i: float(losses[i]))
            if any(descent.take_one(moves, losses, i) for i in improving):
                self.order.renew()
                return "moved"
            self.order.advance(count)
        self.order.renew()
        return "failed"
