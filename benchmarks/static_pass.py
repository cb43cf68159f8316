"""Seconds of what is known of a graph before it runs: types, facts, rules, cost, simplest form and identity.

    python benchmarks/static_pass.py [GRAPHS]

Fresh graphs are grown at random, and no node of theirs is known; children are made by the operators of
a search from a parent that is held with the library, as in `GraphSpace.vary`. What flow rules gave
for equal facts is remembered from other graphs, as in a search, and forgotten before each graph in the line
that says so. Making the nodes is within the time. Each figure is the mean over all graphs of a round, in
seconds of the processor of the best round; no graph is in two rounds.
"""

import gc
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from regard.discovery.identity import canonical
from regard.discovery.language.edit import tidy
from regard.discovery.language.graph import Graph
from regard.discovery.language.operation import facts_of
from regard.discovery.language.rules import broken
from regard.discovery.language.terms import Term, make, text_of
from regard.discovery.language.twins import numbered
from regard.discovery.language.types import OUTPUT
from regard.discovery.library import known
from regard.discovery.variation.growth import grow
from regard.discovery.variation.operators import OPERATORS

ROUNDS = 7
DEPTH = 5
STEPS = 5
"""Operators between softmax and a parent."""

Recipe = Sequence[tuple[Any, tuple[int, ...], Any, int]]
"""A graph that no term holds: of each node the operation, the places of its inputs, constants and slot."""

Family = tuple[Recipe, Recipe]
"""A parent, which may be nothing, and its child."""


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    for name, draw, before in (
        ("fresh graphs", alone, nothing),
        ("fresh graphs, all remembered facts forgotten", alone, forget),
        ("children", family, nothing),
    ):
        figures, nodes = [], []
        for j in range(1 + ROUNDS):
            families = [draw(Random(i)) for i in range(j * count, (j + 1) * count)]
            figures.append(mean(families, before))
            nodes += [len(child) for _, child in families]
        # the first round is of a process that has seen nothing
        best = min(figures[1:])
        print(f"{name}, {statistics.fmean(nodes):.1f} nodes in the mean: {1e6 * best:.1f} microseconds")


def mean(families: Sequence[Family], before: Callable[[], None]) -> float:
    """Seconds for one graph, while its parent is held."""
    taken = 0.0
    numbered.cache_clear()
    gc.collect()
    for parent, child in families:
        held = analyzed(parent) if parent else None
        before()
        start = time.process_time()
        found = analyzed(child)
        taken += time.process_time() - start
        del held, found
    return taken / len(families)


def nothing() -> None:
    """Leave what is remembered."""


def forget() -> None:
    """Forget what flow rules gave, and the texts of which hashes are made."""
    facts_of.cache_clear()
    text_of.cache_clear()


def analyzed(nodes: Recipe) -> tuple[Any, ...]:
    """All that a search asks of a graph before it is run."""
    made: list[Term] = []
    for operation, inputs, constants, slot in nodes:
        node = make(operation, tuple([made[i] for i in inputs]), constants, slot)
        assert node is not None
        made.append(node)
    graph = Graph(made[-1])
    simple = canonical(graph)
    return graph, simple, broken(simple), simple.cost, simple.digest


def recipe(output: Term) -> Recipe:
    """How a program is made anew."""
    place = {node: i for i, node in enumerate(output.nodes)}
    return [
        (node.operation, tuple(place[each] for each in node.inputs), node.constants, node.slot)
        for node in output.nodes
    ]


def alone(rng: Random) -> Family:
    """No parent, and a graph grown at random, as in `GraphSpace.start`."""
    return (), recipe(tidy(grow(OUTPUT, DEPTH, rng)))


def family(rng: Random) -> Family:
    """A parent some operators away from softmax, and a child of it."""
    start = graph = known()["softmax"]
    for _ in range(STEPS):
        graph = varied(graph, start, rng)
    return recipe(graph.output), recipe(varied(graph, start, rng).output)


def varied(graph: Graph, other: Graph, rng: Random) -> Graph:
    """A child by one operator that finds one."""
    while True:
        child = OPERATORS[rng.choice(sorted(OPERATORS))](graph, other, rng)
        if child is not None:
            return child


if __name__ == "__main__":
    main()
