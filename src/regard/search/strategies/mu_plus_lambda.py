"""(mu + lambda): the best so far are the parents of the next, by one objective."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import final

from regard.search.candidate import Judged
from regard.search.credit import Credit
from regard.search.strategy import Proposal, Strategy, require_positive


@final
class MuPlusLambda(Strategy):
    """Keeps the best by the first objective, the next ones deciding where it is equal (Rechenberg 1973).

    mu: how many are kept.
    children: how many are made from them before they are judged together (lambda).
    """

    def __init__(self, *, mu: int = 10, children: int = 20) -> None:
        require_positive("mu_plus_lambda", mu=mu, children=children)
        self.mu = mu
        self.children = children
        self._kept: dict[int, Judged] = {}
        self._credit = Credit()

    @property
    def batch(self) -> int:
        return self.children

    def ask(self, number: int, rng: Random) -> Proposal:
        if number < self.mu or not self._kept:
            return Proposal()
        return Proposal((rng.choice(sorted(self._kept)),), chances=self._credit.chances)

    def tell(self, judged: Sequence[Judged], operators: Mapping[int, str]) -> None:
        self._kept |= {each.number: each for each in judged}
        usable = [each for each in self._kept.values() if each.losses is not None]
        best = sorted(usable, key=lambda each: (each.violation, each.losses, each.number))
        self._kept = {each.number: each for each in best[: self.mu]}
        self._credit.note(judged, operators, self._kept)
