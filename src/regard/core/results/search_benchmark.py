"""What fresh seeds say of a candidate."""

from dataclasses import dataclass
from typing import ClassVar, final

from regard.core.results.result import Result

LEVEL = 0.05
"""Corrected p values below it show a difference."""


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

    @property
    def verdict(self) -> str:
        """Whether the candidate is better, in words."""
        if self.difference is None or self.p_holm is None:
            return "not judged"
        if self.p_holm >= LEVEL:
            return "no difference shown"
        return "better" if self.difference > 0 else "worse"


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

    @property
    def conclusion(self) -> str:
        """What all comparisons with softmax say together, in a sentence."""
        found = [each for each in self.judged if each.rival == "softmax"]
        tasks = {verdict: [each.task for each in found if each.verdict == verdict] for verdict in _WORDS}
        said = [f"{_WORDS[verdict]} {', '.join(names)}" for verdict, names in tasks.items() if names]
        start = "confirm" if tasks["better"] and not tasks["worse"] else "do not confirm"
        return (
            f"Fresh seeds {start} that candidate number {self.candidate} is better than softmax: "
            f"{'; '.join(said)}."
        )


_WORDS = {
    "better": "better on",
    "worse": "worse on",
    "no difference shown": "no difference shown on",
    "not judged": "not judged on",
}
