"""What a search proposes, and what is found of it."""

import math
from dataclasses import dataclass
from typing import Generic, final

from regard.search.space import G

START = "start"
"""What made a candidate that no operator has made."""


@final
@dataclass(frozen=True)
class Candidate(Generic[G]):
    """One genome that is evaluated. The seeds of its evaluations are no part of it."""

    number: int
    """In the order of birth, from 0."""
    genome: G
    identity: str
    parents: tuple[int, ...] = ()
    """The numbers of the candidates that it was made from."""
    operator: str = START
    """What made it."""


@final
@dataclass(frozen=True)
class Judged:
    """What is known of a candidate so far. A later one of the same number replaces it."""

    number: int
    losses: tuple[float, ...] | None
    """One finite number for each objective, the less the better; None where one of them is missing."""
    violation: float = 0.0
    """By how much limits are exceeded, as the sum of shares; 0 where they are kept."""
    repeats: int = 0
    """How many trainings with fresh seeds the quality is the mean of; 0 for the one that found it."""
    reason: str = ""
    """Why it has no losses, in a sentence."""

    def __post_init__(self) -> None:
        if self.losses is not None:
            assert all(map(math.isfinite, self.losses)), "what is not finite is missing"

    @property
    def feasible(self) -> bool:
        """Whether it has all losses and keeps all limits."""
        return self.losses is not None and self.violation == 0
