"""The first improving move."""

from typing import final

from regard.derivative_free.descent import Descent
from regard.derivative_free.polls.poll import Outcome, Poll


@final
class First(Poll):
    """The first move in the order that is accepted is made, and another order begins (Chiang et al. 2023).

    Which move that is does not depend on how many are asked for at once.
    """

    def go_on(self, descent: Descent) -> Outcome:
        while self.order.left:
            count = min(self.width.within(descent.evaluator.block), descent.left)
            if not count:
                return "unfinished"
            moves = descent.moves(self.order.next(count))
            losses = descent.ask(moves)
            taken = next((i for i in descent.improving(losses) if descent.take_one(moves, losses, i)), None)
            self.width.observe(len(moves), taken)
            if taken is not None:
                self.order.renew()
                return "moved"
            self.order.advance(len(moves))
        self.order.renew()
        return "failed"
