"""Ways to go through all moves around a point."""

from regard.derivative_free.polls.best_of_block import BestOfBlock
from regard.derivative_free.polls.complete import Complete
from regard.derivative_free.polls.first import First
from regard.derivative_free.polls.hooke_jeeves import HookeJeeves
from regard.derivative_free.polls.poll import Outcome, Poll
from regard.derivative_free.polls.tested import Tested

__all__ = ["BestOfBlock", "Complete", "First", "HookeJeeves", "Outcome", "Poll", "Tested"]
