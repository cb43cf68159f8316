"""What a page tells of a search."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

from regard.core.results.lineage import Ancestor
from regard.core.results.result import Result
from regard.core.results.search import FrontResult
from regard.core.results.search_ablation import AblationResult
from regard.core.results.search_benchmark import SearchBenchmark


@final
@dataclass(frozen=True, kw_only=True)
class OperatorYield:
    """What an operator has brought."""

    operator: str
    drawn: int
    duplicates: int
    """Equal to a candidate, and saved."""
    refused: int
    """By a rule, before anything was trained."""
    judged: int
    """With all objectives."""
    on_front: int


@final
@dataclass(frozen=True, kw_only=True)
class Foretelling:
    """How well the first rung foretells the second: Kendall's tau with its 95 % interval.

    It is over all candidates of the first rung: those promoted by lot stand for those that were dropped.
    """

    tau: float
    low: float
    high: float
    candidates: int


@final
@dataclass(frozen=True, kw_only=True)
class Flattery:
    """How much the score that found a candidate was above that of fresh seeds."""

    number: int
    found_with: float
    fresh: float


@final
@dataclass(frozen=True, kw_only=True)
class Kin:
    """The known mechanisms that a candidate of the front is nearest to."""

    by_edits: str
    edits: float
    by_outputs: str
    likeness: float
    """The correlation of outputs on fixed numbers."""


@final
@dataclass(frozen=True, kw_only=True)
class NullSearch:
    """What a search with shuffled targets has found: how good luck alone can look."""

    evaluated: int
    best_found: float | None
    """The highest quality with the seed that found a candidate of its front."""
    best_fresh: float | None
    """The highest with fresh seeds."""


@final
@dataclass(frozen=True, kw_only=True)
class Contestant:
    """A search that had the same task and budget as others."""

    strategy: str
    seed: int
    evaluated: int
    volume: float
    """The hypervolume of its front, as a share of the box that the fronts of all contestants span."""
    best: float | None
    """The highest quality on its front."""


CLEAR = 0.01
"""The least difference of two hypervolumes, as shares of one box, by which a search has beaten another."""


@final
@dataclass(frozen=True, kw_only=True)
class SearchReport(Result):
    """The evidence of a search, from its ledger."""

    kind: ClassVar[str] = "search"
    folder: ClassVar[str] = "."
    remedy: ClassVar[str] = "Delete it and run regard search report again."

    front: FrontResult
    volumes: tuple[tuple[int, float], ...]
    """How many candidates were judged, and the hypervolume of the front then, as a share of the largest."""
    operators: tuple[OperatorYield, ...]
    rungs: Foretelling | None
    flattery: tuple[Flattery, ...]
    lineage: tuple[Ancestor, ...]
    kin: tuple[Kin, ...]
    """Of each candidate of the front, in its order."""
    proxies: Mapping[str, Mapping[str, float]]
    """By proxy: the mean score of softmax and of each control, over the seeds of the qualification."""
    ablations: tuple[AblationResult, ...] = ()
    """Of those candidates of the front that were taken apart."""
    confirmations: tuple[SearchBenchmark, ...] = ()
    """Of those candidates of the front that were benchmarked with fresh seeds."""
    null: NullSearch | None = None
    """None where none was run in the folder `null` of this search."""
    contest: tuple[Contestant, ...] = ()
    """This search, and those with other strategies or seeds in folders within its own; empty without any."""

    @property
    def standing(self) -> str:
        """How this search compares with its opponents of as many candidates, in a sentence or two."""
        if not self.contest:
            return ""
        own, *others = self.contest
        equal = [each for each in others if each.evaluated == own.evaluated]
        if not equal:
            return "None of its opponents has evaluated as many candidates."
        beaten = [each for each in equal if own.volume - each.volume >= CLEAR]
        unbeaten = [each for each in equal if each not in beaten]
        told = [
            f"{words} {', '.join(f'{each.strategy} ({100 * each.volume:.1f} %)' for each in found)}"
            for words, found in (("has beaten", beaten), ("has not beaten", unbeaten))
            if found
        ]
        return (
            f"With {own.evaluated} candidates each {own.strategy} covers {100 * own.volume:.1f} %. "
            f"It {' and '.join(told)}."
        )
