"""What a search has found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

from regard.core.results.result import Result


@final
@dataclass(frozen=True, kw_only=True)
class Found:
    """One candidate of the front."""

    number: int
    label: str
    identity: str
    genome: Any
    """As plain JSON."""
    parents: tuple[int, ...]
    operator: str
    values: Mapping[str, float]
    """By objective."""
    search_quality: float | None
    """With the seed that found it, on even validation samples."""
    seeds: tuple[int, ...]
    """The fresh seeds that its quality is the mean of."""
    warnings: tuple[str, ...] = ()
    """What its form alone warns of."""


@final
@dataclass(frozen=True, kw_only=True)
class FrontResult(Result):
    """The front of a search. Nothing in it depends on time: the same search gives the same bytes."""

    kind: ClassVar[str] = "front"
    folder: ClassVar[str] = "."
    remedy: ClassVar[str] = "Delete it and run the search again: it goes on where it was."

    description: Mapping[str, Any]
    evaluated: int
    """Candidates."""
    failed: Mapping[str, int]
    """Candidates without a result, by reason."""
    refused: int
    """Draws that were equal to a candidate, or refused by a rule."""
    front: tuple[Found, ...]
    """The best by the first objective first. The first one is candidate 1 on the command line."""
