"""New candidates: what a strategy proposes, made by a space, and never anything that is known already."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Generic, final

from regard.core.randomness import seed_of
from regard.search.candidate import START, Candidate, Judged
from regard.search.ledger import Refusal
from regard.search.space import G, Space
from regard.search.strategy import Strategy

DRAWS = 200
"""How often a candidate is drawn until the space counts as exhausted."""

VARIED = 4
"""The most variations of a start that is known already: one more for each time that it was drawn in vain."""


@final
class Breeder(Generic[G]):
    """Draws candidates. Each number has its own random generator, so that no draw shifts another."""

    def __init__(self, space: Space[G], strategy: Strategy, seed: int) -> None:
        self.space = space
        self.strategy = strategy
        self.seed = seed
        self._born: dict[int, Candidate[G]] = {}
        self._numbers: dict[str, int] = {}

    @property
    def born(self) -> Mapping[int, Candidate[G]]:
        """All candidates by number."""
        return self._born

    def add(self, candidate: Candidate[G]) -> None:
        """Make a candidate known: nothing equal to it is drawn any more."""
        self._born[candidate.number] = candidate
        self._numbers[candidate.identity] = candidate.number

    def draw(self, number: int) -> tuple[Candidate[G] | None, list[Refusal]]:
        """The next candidate, and what was drawn in its place. None where nothing new is found any more."""
        rng = Random(seed_of(self.seed, "candidate", number))
        refused: list[Refusal] = []
        for _ in range(DRAWS):
            candidate = self._drawn(number, rng, len(refused))
            twin = self._numbers.get(candidate.identity)
            reason = f"the same as {twin}" if twin is not None else self.space.objection(candidate.genome)
            if reason is None:
                self.add(candidate)
                return candidate, refused
            refused.append(Refusal(number, candidate.operator, twin, reason))
        return None, refused

    def tell(self, judged: Sequence[Judged]) -> None:
        """What became of candidates, and with it of the operators that made them."""
        self.strategy.tell(judged, {each.number: self._born[each.number].operator for each in judged})

    def _drawn(self, number: int, rng: Random, refused: int) -> Candidate[G]:
        proposal = self.strategy.ask(number, rng)
        parents = [self._born[parent].genome for parent in proposal.parents]
        operators = []
        if parents:
            steps = proposal.steps
        else:
            # a start is evaluated as it is, and varied where it is known already
            parents, steps = [self.space.start(rng)], proposal.steps - 1 + min(refused, VARIED)
            operators.append(START)
        genome = parents[0]
        for _ in range(steps):
            genome, operator = self.space.vary(parents, rng, proposal.chances)
            operators.append(operator)
            parents = [genome]
        # only a crossing takes something over from a second parent
        descent = proposal.parents if operators[0] in self.space.crossings else proposal.parents[:1]
        # the last one alone is credited: what came before it was not judged
        return Candidate(number, genome, self.space.identity(genome), descent, operators[-1])
