"""What each part of a candidate is good for."""

from dataclasses import dataclass
from typing import ClassVar, final

from regard.core.results.result import Result


@final
@dataclass(frozen=True, kw_only=True)
class Without:
    """A candidate without one of its nodes or flags."""

    part: str
    label: str
    """What is left."""
    quality: float | None
    """Mean over the seeds; None where it could not be trained, for the reason beside it."""
    difference: float | None
    """From the whole candidate, the mean over paired seeds: below 0 where the part is of use."""
    error: float | None
    """Standard error of the difference."""
    reason: str = ""


@final
@dataclass(frozen=True, kw_only=True)
class AblationResult(Result):
    """One candidate of a search, trained without each of its parts, with the same seeds as the whole."""

    kind: ClassVar[str] = "search_ablation"
    folder: ClassVar[str] = "ablations"
    remedy: ClassVar[str] = "Delete it and run regard search ablate again."

    candidate: int
    """Its number."""
    label: str
    quality: float
    seeds: tuple[int, ...]
    parts: tuple[Without, ...]
