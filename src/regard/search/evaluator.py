"""Whoever finds out how good candidates are."""

from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import Generic

from regard.search.candidate import Candidate, Judged
from regard.search.space import G


class Evaluator(ABC, Generic[G]):
    """Given candidates, reports what was found; further ones may be given while reports are read.

    A candidate is given for the first time with 0 repeats, and again, with 1, 2, ..., to be tried with as
    many fresh seeds. What cannot be evaluated is reported as well.
    """

    @abstractmethod
    def submit(self, candidate: Candidate[G], repeats: int) -> None:
        """Give one more candidate."""

    @abstractmethod
    def report(self) -> Generator[Judged]:
        """What was found, as it is found, until everything that was given has been reported."""
