"""Random search: every candidate is a start of its own, changed some times."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import final

from regard.search.candidate import Judged
from regard.search.strategy import Proposal, Strategy, require_positive


@final
class RandomSearch(Strategy):
    """Draws without memory: a start, and up to `steps` variations of it.

    steps: the most variations; how many is drawn evenly from 1 to this.
    together: how many candidates are waited for at once.
    """

    def __init__(self, *, steps: int = 8, together: int = 20) -> None:
        require_positive("random_search", steps=steps, together=together)
        self.steps = steps
        self.together = together

    @property
    def batch(self) -> int:
        return self.together

    def ask(self, number: int, rng: Random) -> Proposal:
        return Proposal((), rng.randint(1, self.steps))

    def tell(self, judged: Sequence[Judged], operators: Mapping[int, str]) -> None:
        pass
