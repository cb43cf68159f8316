"""NSGA-II: rank first, room second."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import final

from regard.search.candidate import Judged
from regard.search.credit import Credit
from regard.search.ranking import crowding, fronts
from regard.search.strategy import Proposal, Strategy, require_positive


@final
class Nsga2(Strategy):
    """Deb et al. 2002, A fast and elitist multiobjective genetic algorithm, with our own loop around it.

    Told a whole generation at once it is the algorithm of the paper; told one candidate at a time it is its
    steady state. Candidates that exceed limits come after all others, the least excess first; those of which
    a loss is missing never enter the population.

    population: how many survive.
    rivals: how many are drawn for each parent, of which the best becomes one.
    """

    def __init__(self, *, population: int = 50, rivals: int = 2) -> None:
        require_positive("nsga2", population=population, rivals=rivals)
        self.population = population
        self.rivals = rivals
        self._survivors: dict[int, Judged] = {}
        self._places: dict[int, int] = {}
        """Of each survivor: 0 for the best by rank and room."""
        self._credit = Credit()

    @property
    def batch(self) -> int:
        return self.population

    def ask(self, number: int, rng: Random) -> Proposal:
        if number < self.population or not self._survivors:
            return Proposal()
        return Proposal((self._parent(rng), self._parent(rng)), chances=self._credit.chances)

    def tell(self, judged: Sequence[Judged], operators: Mapping[int, str]) -> None:
        self._survivors |= {each.number: each for each in judged}
        usable = [each for each in self._survivors.values() if each.losses is not None]
        order = _ordered(usable, self.population)
        self._survivors = {each.number: each for each in order[: self.population]}
        self._places = {number: place for place, number in enumerate(self._survivors)}
        self._credit.note(judged, operators, self._survivors)

    def _parent(self, rng: Random) -> int:
        """The winner of a tournament."""
        drawn = [rng.choice(list(self._survivors)) for _ in range(self.rivals)]
        return min(drawn, key=self._places.__getitem__)


def _ordered(judged: Sequence[Judged], count: int) -> list[Judged]:
    """The best first, of which so many are to stay: by rank, within a rank by room; then those that exceed
    limits."""
    feasible = [each for each in judged if each.violation == 0]
    losses = [each.losses or () for each in feasible]
    order: list[Judged] = []
    for front in fronts(losses):
        dropped = min(max(len(order) + len(front) - count, 0), len(front))
        room = crowding([losses[i] for i in front], dropped)
        ranked = sorted(zip(front, room, strict=True), key=lambda each: (-each[1], feasible[each[0]].number))
        order += [feasible[i] for i, _ in ranked]
    beyond = [each for each in judged if each.violation > 0]
    return order + sorted(beyond, key=lambda each: (each.violation, each.number))
