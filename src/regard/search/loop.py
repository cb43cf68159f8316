"""The loop of a search: ask, evaluate, tell."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, final

from regard.search.archive import Archive
from regard.search.breeder import Breeder
from regard.search.candidate import Candidate, Judged
from regard.search.evaluator import Evaluator
from regard.search.ledger import Birth, Ledger, Refusal
from regard.search.space import G


@final
@dataclass(frozen=True)
class Progress:
    """How far a search has come."""

    born: int
    judged: int
    front: tuple[int, ...]


class Loop(ABC, Generic[G]):
    """A search between its ledger and an evaluator.

    All that decides about what comes next is in the ledger, so that a search that was killed goes on from
    there: the strategy is told again what it had been told, turn by turn, and what was born but not
    judged is evaluated first.
    """

    def __init__(
        self, breeder: Breeder[G], evaluator: Evaluator[G], ledger: Ledger, evaluations: int, repeats: int
    ) -> None:
        """So many candidates are evaluated; every member of the front is tried again with `repeats` seeds."""
        self.breeder = breeder
        self.evaluator = evaluator
        self.ledger = ledger
        self.evaluations = evaluations
        self.repeats = repeats
        self.archive = Archive()
        self.turns = 0
        self.exhausted = False
        """Whether the space had nothing new any more."""
        self._recall()

    @abstractmethod
    def run(self) -> Iterator[Progress]:
        """Search until all evaluations are done and all the front has been tried again."""

    @property
    def progress(self) -> Progress:
        """What has been reached."""
        front = tuple(each.number for each in self.archive.front)
        return Progress(len(self.breeder.born), len(self.archive.known), front)

    def _recall(self) -> None:
        """Be where the ledger is."""
        for birth in self.ledger.births():
            genome = self.breeder.space.from_json(birth.genome)
            self.breeder.add(Candidate(birth.number, genome, birth.identity, birth.parents, birth.operator))
        for judged in self.ledger.judgments():
            self._learn(judged)

    @property
    def _unjudged(self) -> list[Candidate[G]]:
        """Born and not judged."""
        return [each for number, each in self.breeder.born.items() if number not in self.archive.known]

    def _breed(self, count: int) -> list[Candidate[G]]:
        """New candidates, at most as many as are left to evaluate; kept at once."""
        new: list[Candidate[G]] = []
        refused: list[Refusal] = []
        first = len(self.breeder.born)
        for number in range(first, min(first + count, self.evaluations)):
            candidate, refusals = self.breeder.draw(number)
            refused += refusals
            if candidate is None:
                self.exhausted = True
                break
            new.append(candidate)
        births = [self._birth(each) for each in new]
        self.ledger.bear(births, refused)
        return new

    def _birth(self, one: Candidate[G]) -> Birth:
        genome = self.breeder.space.to_json(one.genome)
        return Birth(one.number, one.identity, genome, one.parents, one.operator, self.turns)

    def _due(self) -> list[tuple[Candidate[G], int]]:
        """Members of the front that have to be tried again, and how many fresh seeds that makes."""
        return [
            (self.breeder.born[each.number], each.repeats + 1)
            for each in sorted(self.archive.front, key=lambda each: each.number)
            if each.repeats < self.repeats
        ]

    def _tell(self, judged: Sequence[Judged]) -> None:
        judged = sorted(judged, key=lambda each: each.number)
        self.ledger.judge(self.turns, judged)
        self._learn(judged)

    def _learn(self, judged: Sequence[Judged]) -> None:
        self.archive.add(judged)
        self.breeder.tell(judged)
        self.turns += 1


@final
class Synchronous(Loop[G]):
    """One generation after another: the same seed gives the same search, byte for byte, however often it was
    interrupted and however many processes evaluate.
    """

    def run(self) -> Iterator[Progress]:
        while True:
            work = [(each, 0) for each in self._unjudged] or self._due()
            work = work or [(each, 0) for each in self._breed(self.breeder.strategy.batch)]
            if not work:
                return
            for candidate, repeats in work:
                self.evaluator.submit(candidate, repeats)
            judged = []
            for each in self.evaluator.report():
                judged.append(each)
                yield self.progress
            self._tell(judged)
            yield self.progress


@final
class Asynchronous(Loop[G]):
    """Steady state: as soon as one candidate is judged the next one is born, and no process waits."""

    def __init__(
        self,
        breeder: Breeder[G],
        evaluator: Evaluator[G],
        ledger: Ledger,
        evaluations: int,
        repeats: int,
        *,
        at_once: int,
    ) -> None:
        """So many candidates are under way at a time."""
        super().__init__(breeder, evaluator, ledger, evaluations, repeats)
        self.at_once = at_once
        self._under_way: set[int] = set()

    def run(self) -> Iterator[Progress]:
        for candidate in self._unjudged:
            self._submit(candidate, 0)
        self._fill()
        while self._under_way:
            for judged in self.evaluator.report():
                self._under_way.discard(judged.number)
                self._tell([judged])
                self._fill()
                yield self.progress

    def _fill(self) -> None:
        """Let as much be under way as may be: the front first, then new candidates."""
        for candidate, repeats in self._due():
            if candidate.number not in self._under_way and len(self._under_way) < self.at_once:
                self._submit(candidate, repeats)
        while len(self._under_way) < self.at_once and (new := self._breed(1)):
            self._submit(new[0], 0)

    def _submit(self, candidate: Candidate[G], repeats: int) -> None:
        self._under_way.add(candidate.number)
        self.evaluator.submit(candidate, repeats)
