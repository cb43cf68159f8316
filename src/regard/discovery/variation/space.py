"""The space of graphs that a search goes through."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Any, Literal, final

from regard.core.entry import Entry
from regard.core.errors import InvalidOption, nearest
from regard.core.spec import Spec
from regard.discovery.identity.simplify import canonical, identity
from regard.discovery.language.edit import replaced, tidy
from regard.discovery.language.facts import PARTS, names
from regard.discovery.language.graph import Graph
from regard.discovery.language.operation import table
from regard.discovery.language.rules import rejected
from regard.discovery.language.types import OUTPUT
from regard.discovery.library import known
from regard.discovery.variation.growth import grow
from regard.discovery.variation.operators import OPERATORS

TRIES = 40
"""Operators that are tried for one child."""

DEPTH = 6
"""Of graphs that are grown from nothing."""

EVEN: Mapping[str, float] = MappingProxyType({})
"""All operators are equally likely."""

WORTHWHILE = 8
"""Children that are made for one that breaks no rule; then the last one is taken."""


@final
@dataclass(frozen=True)
class GraphSpace:
    """Graphs: where a search starts, how they vary, when two are one, and the mechanism of each.

    population: what a search starts from: `softmax`, the whole `library`, or `empty`, graphs grown at random.
    without: operations that no graph may have. Raises `InvalidOption` for one that the language lacks.
    masks: parts of a mask that every graph has to honor, such as causal.
    """

    population: Literal["softmax", "library", "empty"] = "softmax"
    without: tuple[str, ...] = ()
    masks: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for name in self.without:
            if name not in table():
                raise InvalidOption(f"There is no operation called '{name}'. {nearest(name, table())}")

    def start(self, rng: Random) -> Graph:
        """A graph to start from."""
        if self.population == "softmax":
            return _nameless(known()["softmax"])
        if self.population == "library":
            names = sorted(known())
            return _nameless(known()[names[rng.randrange(len(names))]])
        return Graph(tidy(grow(OUTPUT, DEPTH, rng)))

    def vary(
        self, parents: Sequence[Graph], rng: Random, chances: Mapping[str, float] = EVEN
    ) -> tuple[Graph, str]:
        """A child of the first parent, which may take over a part of the last, and the operator that made it.

        The child is another mechanism than its parents, and worth training if such a one is found.

        chances: how likely each operator is, relative to 1 for those that are not named.
        """
        own = {self.identity(parent) for parent in parents}
        child: tuple[Graph, str] | None = None
        found = 0
        for _ in range(TRIES):
            [name] = rng.choices(list(OPERATORS), [chances.get(each, 1.0) for each in OPERATORS])
            made = OPERATORS[name](parents[0], parents[-1], rng)
            if made is None or self.identity(made) in own:
                continue
            child, found = (made, name), found + 1
            if self.objection(made) is None or found == WORTHWHILE:
                break
        return child or (Graph(tidy(grow(OUTPUT, DEPTH, rng))), "regrow")

    def identity(self, graph: Graph) -> str:
        """Equal for graphs that are one mechanism."""
        return identity(graph)

    def to_json(self, graph: Graph) -> dict[str, Any]:
        """The graph as a JSON object."""
        return graph.to_json()

    def from_json(self, value: Any) -> Graph:
        """The graph that `to_json` wrote."""
        return Graph.from_json(value)

    def mechanism(self, graph: Graph) -> Spec:
        """How a run names it: equal for graphs that are one mechanism."""
        return Spec.of("program", graph=_nameless(canonical(graph)).text)

    def entry(self, graph: Graph) -> Entry:
        """The mechanism as a comparison takes it."""
        return Entry.of((self.mechanism(graph),))

    def describe(self, graph: Graph) -> str:
        """The simplest form of a graph, in one line."""
        simplest = canonical(graph)
        without = f", without projections {simplest.absent}" if simplest.absent else ""
        return f"{simplest.output!r}{without}"

    def objection(self, graph: Graph) -> str | None:
        """Why a graph is not worth training; None if it is."""
        simplest = canonical(graph)
        barred = next((node.name for node in simplest.output.nodes if node.name in self.without), None)
        if barred is not None:
            return f"without: the search goes without {barred}"
        missing = self.masks.difference(names(simplest.output.facts.honors, PARTS))
        if missing:
            return f"masks: it does not honor the mask's part {', '.join(sorted(missing))}"
        rule = rejected(simplest)
        return None if rule is None else f"{rule.name}: {rule.reason}"

    def simpler(self, graph: Graph) -> Iterator[tuple[str, Graph]]:
        """The graph without one of its nodes or flags, with what is left out."""
        for node in graph.nodes:
            for below in node.inputs:
                output = replaced(graph.output, {node: below})
                if output is not None and output.type.fits(OUTPUT):
                    yield node.name, Graph(tidy(output), graph.absent)
                    break
        for letter in graph.absent:
            yield f"absence of W_{letter}", Graph(graph.output, graph.absent.replace(letter, ""))

    def distance(self, graph: Graph, other: Graph) -> float:
        """How many operations, at least, have to be swapped, added or removed, and how many flags flipped.

        It is counted on the simplest forms; where these differ only in how their nodes are wired it is 1.
        """
        one, two = canonical(graph), canonical(other)
        own, others = (Counter((node.name, node.constants) for node in each.nodes) for each in (one, two))
        operations = max((own - others).total(), (others - own).total())
        apart = operations + len(set(one.absent) ^ set(two.absent))
        return float(apart or identity(one) != identity(two))

    def known(self) -> Iterator[tuple[str, Graph]]:
        """The library: known mechanisms by name."""
        return iter((name, _nameless(graph)) for name, graph in known().items())


def _nameless(graph: Graph) -> Graph:
    return Graph(graph.output, graph.absent)
