"""The front: all candidates that no other dominates, by the last that is known of them."""

from collections.abc import Iterable
from typing import final

from regard.search.candidate import Judged
from regard.search.ranking import fronts


@final
class Archive:
    """What is known of every candidate, and which of them are on the front.

    Failures, missing losses and exceeded limits are known, and never on the front.
    """

    def __init__(self) -> None:
        self.known: dict[int, Judged] = {}
        self._front: list[int] = []

    def add(self, judged: Iterable[Judged]) -> None:
        """Take note of what was found. What a candidate was known for before is replaced."""
        judged = list(judged)
        again = any(each.number in self.known for each in judged)
        self.known |= {each.number: each for each in judged}
        # one that has become worse may free others: then all are ranked anew
        among = list(self.known) if again else [*self._front, *(each.number for each in judged)]
        self._front = self._best(among)

    @property
    def front(self) -> list[Judged]:
        """By the first loss, the least first."""
        return sorted((self.known[i] for i in self._front), key=lambda each: (each.losses, each.number))

    def _best(self, among: Iterable[int]) -> list[int]:
        numbers = [i for i in dict.fromkeys(among) if self.known[i].feasible]
        found = fronts([self.known[i].losses or () for i in numbers])
        return sorted(numbers[i] for i in found[0]) if found else []
