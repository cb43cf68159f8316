"""What fresh seeds say of a candidate."""

from dataclasses import dataclass
from typing import ClassVar, final

from regard.core.results.result import Result


@final
@dataclass(frozen=True, kw_only=True)
class Against:
    """A candidate against one mechanism on one task, on the test split."""

    task: str
    rival: str
    candidate_mean: float | None
    rival_mean: float | None
    difference: float | None
    """Candidate less rival, the mean over paired seeds; None where it could not be judged."""
    pairs: int
    p: float | None
    p_holm: float | None
    """Corrected for all tasks and rivals of the benchmark (Holm 1979)."""


@final
@dataclass(frozen=True, kw_only=True)
class SearchBenchmark(Result):
    """One candidate of a search, trained anew with seeds that chose nothing."""

    kind: ClassVar[str] = "confirmation"
    folder: ClassVar[str] = "benchmark/confirmations"
    remedy: ClassVar[str] = "Delete it and run regard search benchmark again."

    candidate: int
    """Its number."""
    label: str
    nearest: str
    """The known mechanism from which the fewest edits lead to it."""
    edits: float
    most_alike: str
    """The known mechanism whose outputs on fixed numbers correlate with its own the most."""
    likeness: float
    """That correlation."""
    first_seed: int
    seeds: int
    judged: tuple[Against, ...]
