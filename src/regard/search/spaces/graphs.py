"""Mechanisms as typed graphs of operations."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from random import Random
from typing import Any, Literal, Self, final

from regard.core.entry import Entry
from regard.discovery.emission.audit import contradictions
from regard.discovery.emission.likeness import likeness
from regard.discovery.identity import canonical
from regard.discovery.language.graph import Graph
from regard.discovery.language.rules import broken
from regard.discovery.library import known
from regard.discovery.variation import GraphSpace
from regard.search.space import MechanismSpace


@final
class Graphs(MechanismSpace[Graph]):
    """The language of discovery: every child is of the right type by construction.

    population: what a search starts from: `softmax`, the whole `library`, or `empty`, graphs grown at random.
    without: operations that no graph may have, such as [delta_write].
    """

    crossings = ("cross",)

    def __init__(
        self,
        *,
        population: Literal["softmax", "library", "empty"] = "softmax",
        without: tuple[str, ...] = (),
    ) -> None:
        self._graphs = GraphSpace(population, tuple(without))

    def honoring(self, masks: Collection[str]) -> Self:
        space = copy(self)
        space._graphs = replace(self._graphs, masks=frozenset(masks))
        return space

    def start(self, rng: Random) -> Graph:
        return self._graphs.start(rng)

    def vary(self, parents: Sequence[Graph], rng: Random, chances: Mapping[str, float]) -> tuple[Graph, str]:
        return self._graphs.vary(parents, rng, chances)

    def identity(self, genome: Graph) -> str:
        return self._graphs.identity(genome)

    def to_json(self, genome: Graph) -> Any:
        return self._graphs.to_json(genome)

    def from_json(self, value: Any) -> Graph:
        return self._graphs.from_json(value)

    def objection(self, genome: Graph) -> str | None:
        return self._graphs.objection(genome)

    def entry(self, genome: Graph) -> Entry:
        return self._graphs.entry(genome)

    def describe(self, genome: Graph) -> str:
        return self._graphs.describe(genome)

    def warnings(self, genome: Graph) -> Sequence[str]:
        found = broken(canonical(genome))
        return [f"{rule.name}: {rule.reason}" for rule in found if rule.verdict == "warn"]

    def contradictions(self, genome: Graph) -> Sequence[str]:
        return contradictions(canonical(genome))

    def simpler(self, genome: Graph) -> Iterable[tuple[str, Graph]]:
        return self._graphs.simpler(genome)

    def distance(self, genome: Graph, other: Graph) -> float:
        return self._graphs.distance(genome, other)

    def likeness(self, genome: Graph, other: Graph) -> float:
        return likeness(genome, other)

    def known(self) -> Iterable[tuple[str, Graph]]:
        return known().items()
