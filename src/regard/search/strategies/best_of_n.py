"""Best of N: independent mutations of the start."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import final

from regard.search.candidate import Judged
from regard.search.strategy import Proposal, Strategy, require_positive


@final
class BestOfN(Strategy):
    """The opponent that evolution has to beat: nothing that was found decides what is tried next.

    The first candidate is the start, and every further one is that start, changed up to `steps` times.

    steps: the most variations; how many is drawn evenly from 1 to this.
    together: how many candidates are waited for at once.
    """

    def __init__(self, *, steps: int = 5, together: int = 20) -> None:
        require_positive("best_of_n", steps=steps, together=together)
        self.steps = steps
        self.together = together

    @property
    def batch(self) -> int:
        return self.together

    def ask(self, number: int, rng: Random) -> Proposal:
        return Proposal((0,), rng.randint(1, self.steps)) if number else Proposal()

    def tell(self, judged: Sequence[Judged], operators: Mapping[int, str]) -> None:
        pass
