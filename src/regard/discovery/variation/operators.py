"""Ways to vary a graph: each gives a child of the right type, or None where it finds none."""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import TypeVar

from regard.discovery.language.edit import replaced, tidy
from regard.discovery.language.graph import LARGEST, Graph
from regard.discovery.language.operation import table
from regard.discovery.language.terms import Term, make
from regard.discovery.language.types import MAP, OUTPUT
from regard.discovery.variation.growth import SLOT, grow

T = TypeVar("T")
Operator = Callable[[Graph, Graph, Random], Graph | None]
"""From a graph, a second one and a source of randomness to a child."""

TRIES = 12
"""Places and replacements that an operator tries."""

DEPTH = 4
"""Of what is grown."""


def swap(graph: Graph, _: Graph, rng: Random) -> Graph | None:
    """Another operation on the same inputs."""

    def other(node: Term) -> Term | None:
        types = tuple(each.type for each in node.inputs)
        ways = [each for each in table().values() if each.name != node.name and each.resolve(types)]
        return make(_one(ways, rng), node.inputs, (), SLOT) if ways and types else None

    return _tried(graph, other, rng)


def insert(graph: Graph, _: Graph, rng: Random) -> Graph | None:
    """An operation between a node and what reads it."""

    def above(node: Term) -> Term | None:
        ways = [
            each
            for each in table().values()
            if each.arity == 1 and (found := each.resolve((node.type,))) and found.result.fits(node.type)
        ]
        return make(_one(ways, rng), (node,), (), SLOT) if ways else None

    return _tried(graph, above, rng)


def wrap(graph: Graph, _: Graph, rng: Random) -> Graph | None:
    """An operation that joins a node with another one, which is there or grown."""

    def joined(node: Term) -> Term | None:
        ways = [
            (each, instance)
            for each in table().values()
            if each.arity == 2
            for instance in each.instances
            if node.type.fits(instance.inputs[0]) and instance.result.fits(node.type)
        ]
        if not ways:
            return None
        operation, instance = _one(ways, rng)
        there = [each for each in graph.nodes if each.type.fits(instance.inputs[1])]
        second = _one(there, rng) if there and rng.random() < 0.5 else grow(instance.inputs[1], 2, rng)
        return make(operation, (node, second), (), SLOT)

    return _tried(graph, joined, rng)


def remove(graph: Graph, _: Graph, rng: Random) -> Graph | None:
    """One of its inputs in place of a node."""

    def below(node: Term) -> Term | None:
        ways = [each for each in node.inputs if each.type.fits(node.type)]
        return _one(ways, rng) if ways else None

    return _tried(graph, below, rng)


def rewire(graph: Graph, _: Graph, rng: Random) -> Graph | None:
    """Another node of the graph as an input of one."""

    def read_elsewhere(node: Term) -> Term | None:
        if not node.inputs:
            return None
        place = rng.randrange(len(node.inputs))
        own = set(node.inputs)
        ways = [each for each in graph.nodes if node not in each.nodes and each not in own]
        if not ways:
            return None
        inputs = list(node.inputs)
        inputs[place] = _one(ways, rng)
        return make(node.operation, tuple(inputs), node.constants, node.slot)

    return _tried(graph, read_elsewhere, rng)


def jitter(graph: Graph, _: Graph, rng: Random) -> Graph | None:
    """A constant times 2 to the power of a normal number."""

    def moved(node: Term) -> Term | None:
        if not node.constants:
            return None
        name, value = _one(node.constants, rng)
        limits = node.operation.constants[name]
        new = min(max(value * 2 ** rng.gauss(0, 1), limits.low), limits.high)
        new = float(round(new)) if limits.whole else float(f"{new:.4g}")
        return make(node.operation, node.inputs, dict(node.constants) | {name: new}, node.slot)

    return _tried(graph, moved, rng)


def flip(graph: Graph, _: Graph, rng: Random) -> Graph | None:
    """One of the four projections there or not."""
    read = [each for each in "qkv" if any(node.name == each for node in graph.nodes)] + ["o"]
    letter = _one(read, rng)
    absent = graph.absent.replace(letter, "") if letter in graph.absent else graph.absent + letter
    return Graph(graph.output, absent)


def regrow(graph: Graph, _: Graph, rng: Random) -> Graph | None:
    """Another program of the same type in place of a node."""
    return _tried(graph, lambda node: grow(node.type, rng.randrange(1, DEPTH), rng), rng)


def weigh(graph: Graph, _: Graph, rng: Random) -> Graph | None:
    """Weights of pairs in place of a memory: W(q kᵀ) v for q (kᵀ v), which is the case of W(x) = x.

    Linear attention is one step from softmax attention that way.
    """

    def unfolded(node: Term) -> Term | None:
        if node.name != "read" or node.inputs[1].name != "write":
            return None
        query, (key, value) = node.inputs[0], node.inputs[1].inputs
        scores = make("dot", (query, key))
        return None if scores is None else _mixed(scores, value, rng)

    return _tried(graph, unfolded, rng)


def _mixed(scores: Term, value: Term, rng: Random) -> Term | None:
    ways = [
        each
        for each in table().values()
        if (found := each.resolve((scores.type,))) and found.result.fits(MAP) and each.name != "keep"
    ]
    weights = make(_one(ways, rng), (scores,), (), SLOT)
    return None if weights is None else make("mix", (weights, value))


def cross(graph: Graph, other: Graph, rng: Random) -> Graph | None:
    """A node of another graph in place of one of the same type."""

    def taken(node: Term) -> Term | None:
        ways = [each for each in other.nodes if each.type.fits(node.type) and each != node]
        return _one(ways, rng) if ways else None

    return _tried(graph, taken, rng)


OPERATORS: Mapping[str, Operator] = {
    each.__name__: each for each in (swap, insert, wrap, remove, rewire, jitter, flip, regrow, weigh, cross)
}
"""By name."""


def _tried(graph: Graph, change: Callable[[Term], Term | None], rng: Random) -> Graph | None:
    """The graph with one of its nodes changed; None if no try gives another graph of the right type."""
    for _ in range(TRIES):
        node = _one(graph.nodes, rng)
        new = change(node)
        if new is None or new == node:
            continue
        output = replaced(graph.output, {node: new})
        if output is None or not output.type.fits(OUTPUT) or len(output.nodes) > LARGEST:
            continue
        return Graph(tidy(output), graph.absent)
    return None


def _one(ways: Sequence[T], rng: Random) -> T:
    return ways[rng.randrange(len(ways))]
