"""Which operators make children that are kept."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import final

from regard.search.candidate import START, Judged


@final
class Credit:
    """The measured yield of each operator, by which it is drawn (probability matching, Goldberg 1990).

    An operator of whose children s of n were kept counts 2 (s + 1) / (n + 2): by Laplace's rule of
    succession, so that one that was never tried counts 1 and none is ever given up.
    """

    def __init__(self) -> None:
        self._made: Counter[str] = Counter()
        self._kept: Counter[str] = Counter()
        self._known: set[int] = set()

    @property
    def chances(self) -> Mapping[str, float]:
        """How likely each operator that was tried is, relative to one that was not."""
        return {name: 2 * (self._kept[name] + 1) / (made + 2) for name, made in self._made.items()}

    def note(self, judged: Sequence[Judged], operators: Mapping[int, str], kept: Collection[int]) -> None:
        """Count the candidates that are judged for the first time, and which of them were kept."""
        for each in judged:
            if each.number not in self._known and operators.get(each.number, START) != START:
                self._made[operators[each.number]] += 1
                self._kept[operators[each.number]] += each.number in kept
        self._known |= {each.number for each in judged}
