"""How a search decides what to try next."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import final

from regard.core.errors import InvalidOption
from regard.search.candidate import Judged


@final
@dataclass(frozen=True)
class Proposal:
    """From what the next candidate is made."""

    parents: tuple[int, ...] = ()
    """Numbers of candidates; none means a start."""
    steps: int = 1
    """How many variations follow one another."""
    chances: Mapping[str, float] = field(default_factory=dict)
    """How likely each operator is, relative to those that are not named."""


class Strategy(ABC):
    """Asked for proposals, told what became of them.

    `ask` changes nothing, and all that a strategy knows it has been told: a search that was interrupted is
    told the same again, and goes on as if nothing had happened. Missing losses are never averaged.
    """

    @property
    @abstractmethod
    def batch(self) -> int:
        """How many proposals are made from the same knowledge, where all of them are waited for."""

    @abstractmethod
    def ask(self, number: int, rng: Random) -> Proposal:
        """What to make the candidate of that number from."""

    @abstractmethod
    def tell(self, judged: Sequence[Judged], operators: Mapping[int, str]) -> None:
        """Take note of what was found, of candidates new or known, and of the operator that made each."""


def require_positive(name: str, **options: int) -> None:
    """Raise `InvalidOption` for the first option below 1."""
    for option, value in options.items():
        if value < 1:
            raise InvalidOption(f"{name}: {option} must be at least 1, not {value}.")
