"""How a mechanism's scores differ from the baseline's."""

from dataclasses import dataclass
from typing import Literal, final

Verdict = Literal["baseline", "better", "equivalent", "undecided", "worse"]

Interval = tuple[float, float]
"""Its lower and its upper end."""


@final
@dataclass(frozen=True)
class Difference:
    """A mechanism's mean score minus the baseline's, over pairs of runs with equal seeds."""

    test: str
    """The name of the statistical test."""
    verdict: Verdict
    pairs: int
    mean: float | None = None
    interval: Interval | None = None
    """At the level at which the verdict was taken, with all its corrections. It leaves out 0 where a
    difference was found, lies within the margin where equivalence was, and does neither where nothing was
    decided. Where runs failed it ends at -1 or 1 on the side that the finished ones flatter."""
    interval_method: str | None = None
    """The test that rejects what lies outside the interval."""
    p: float | None = None
    """Of the claim that there is a difference, corrected for the number of looks."""
    p_holm: float | None = None
    """Corrected for the number of mechanisms too."""
    p_equivalence: float | None = None
    """Of the claim that the difference lies within the margin, corrected for the number of looks."""
    p_equivalence_holm: float | None = None
    confidence: float | None = None
    """Of the interval: 0.994, where the smallest p of nine was held against 0.05 / 9."""
    decided_at: int | None = None
    """The number of seeds at which the verdict was taken; None while it is open."""
    seeds_needed: int | None = None
    """How many seeds an open verdict would likely need in all; None where none is known."""

    @property
    def found(self) -> bool:
        """Whether there is a difference for sure."""
        return self.verdict in ("better", "worse")


@final
@dataclass(frozen=True)
class Beyond:
    """One mechanism on one test set outside the training distribution."""

    name: str
    """Of the set: `length 64`."""
    mean: float
    """Of the scores of the seeds that finished."""
    difference: Difference | None = None
    """None for the baseline. All sets and mechanisms are one family of claims."""
