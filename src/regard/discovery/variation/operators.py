"""Ways to vary a graph: each gives a child of the right type, or None where it finds none."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from random import Random
from typing import TypeVar

from regard.discovery.language.edit import replaced, tidy
from regard.discovery.language.graph import LARGEST, Graph
from regard.discovery.language.operation import Operation, table
from regard.discovery.language.terms import Term, make
from regard.discovery.language.types import MAP, OUTPUT
from regard.discovery.variation.growth import SLOT, grow

T = TypeVar("T")
Replacements = Iterator[Term | None]
"""What may stand in place of a node, in the order in which it is tried."""

Operator = Callable[[Graph, Graph, Random], Graph | None]
"""From a graph, a second one and a source of randomness to a child."""

TRIES = 24
"""Replacements that are tried for one node."""

DEPTH = 4
"""Of what is grown."""


def swap(graph: Graph, _: Graph, rng: Random) -> Graph | None:
    """Another operation on the same inputs."""

    def others(node: Term) -> Replacements:
        types = tuple(each.type for each in node.inputs)
        ways = [each for each in table().values() if types and each.name != node.name and each.resolve(types)]
        return (make(each, node.inputs, (), SLOT) for each in _shuffled(ways, rng))

    return _changed(graph, others, rng)


def insert(graph: Graph, _: Graph, rng: Random) -> Graph | None:
    """An operation between a node and what reads it."""

    def above(node: Term) -> Replacements:
        ways = [
            each
            for each in table().values()
            if each.arity == 1 and (found := each.resolve((node.type,))) and found.result.fits(node.type)
        ]
        return (make(each, (node,), (), SLOT) for each in _shuffled(ways, rng))

    return _changed(graph, above, rng)


def wrap(graph: Graph, _: Graph, rng: Random) -> Graph | None:
    """An operation that joins a node with another one, which is there or grown."""

    def joined(node: Term) -> Replacements:
        ways = [
            (each, instance.inputs[1])
            for each in table().values()
            if each.arity == 2
            for instance in each.instances
            if node.type.fits(instance.inputs[0]) and instance.result.fits(node.type)
        ]
        for operation, wanted in _shuffled(ways, rng):
            there = [each for each in graph.nodes if each.type.fits(wanted)]
            second = rng.choice(there) if there and rng.random() < 0.5 else grow(wanted, 2, rng)
            yield make(operation, (node, second), (), SLOT)

    return _changed(graph, joined, rng)


def remove(graph: Graph, _: Graph, rng: Random) -> Graph | None:
    """One of its inputs in place of a node."""

    def below(node: Term) -> Replacements:
        return iter(_shuffled([each for each in node.inputs if each.type.fits(node.type)], rng))

    return _changed(graph, below, rng)


def rewire(graph: Graph, _: Graph, rng: Random) -> Graph | None:
    """Another node of the graph as an input of one."""

    def read_elsewhere(node: Term) -> Replacements:
        ways = [
            (place, each)
            for place in range(len(node.inputs))
            for each in graph.nodes
            if each not in node.inputs and node not in each.nodes
        ]
        for place, each in _shuffled(ways, rng):
            inputs = (*node.inputs[:place], each, *node.inputs[place + 1 :])
            yield make(node.operation, inputs, node.constants, node.slot)

    return _changed(graph, read_elsewhere, rng)


def jitter(graph: Graph, _: Graph, rng: Random) -> Graph | None:
    """A constant times 2 to the power of a normal number."""

    def moved(node: Term) -> Replacements:
        for name, value in _shuffled(node.constants, rng):
            limits = node.operation.constants[name]
            new = min(max(value * 2 ** rng.gauss(0, 1), limits.low), limits.high)
            new = float(round(new)) if limits.whole else float(f"{new:.4g}")
            yield make(node.operation, node.inputs, dict(node.constants) | {name: new}, node.slot)

    return _changed(graph, moved, rng)


def flip(graph: Graph, _: Graph, rng: Random) -> Graph | None:
    """One of the four projections there or not."""
    letter = rng.choice([each for each in "qkv" if any(node.name == each for node in graph.nodes)] + ["o"])
    absent = graph.absent.replace(letter, "") if letter in graph.absent else graph.absent + letter
    return Graph(graph.output, absent)


def regrow(graph: Graph, _: Graph, rng: Random) -> Graph | None:
    """Another program of the same type in place of a node."""
    return _changed(
        graph, lambda node: (grow(node.type, rng.randrange(1, DEPTH), rng) for _ in range(TRIES)), rng
    )


def weigh(graph: Graph, _: Graph, rng: Random) -> Graph | None:
    """Weights of pairs in place of a memory: W(q kᵀ) v for q (kᵀ v), which is the case of W(x) = x.

    Linear attention is one step from softmax attention that way.
    """

    def unfolded(node: Term) -> Replacements:
        if node.name != "read" or node.inputs[1].name != "write":
            return
        query, (key, value) = node.inputs[0], node.inputs[1].inputs
        scores = make("dot", (query, key))
        if scores is None:
            return
        for operation in _shuffled(_weighing(scores), rng):
            weights = make(operation, (scores,), (), SLOT)
            yield None if weights is None else make("mix", (weights, value))

    return _changed(graph, unfolded, rng)


def _weighing(scores: Term) -> list[Operation]:
    """Operations that make weights of scores, other than the scores themselves."""
    return [
        each
        for each in table().values()
        if (found := each.resolve((scores.type,))) and found.result.fits(MAP) and each.name != "keep"
    ]


def cross(graph: Graph, other: Graph, rng: Random) -> Graph | None:
    """A node of another graph in place of one of the same type."""

    def taken(node: Term) -> Replacements:
        return iter(_shuffled([each for each in other.nodes if each.type.fits(node.type)], rng))

    return _changed(graph, taken, rng)


OPERATORS: Mapping[str, Operator] = {
    each.__name__: each for each in (swap, insert, wrap, remove, rewire, jitter, flip, regrow, weigh, cross)
}
"""By name."""


def _changed(graph: Graph, change: Callable[[Term], Replacements], rng: Random) -> Graph | None:
    """The graph with one of its nodes changed; None if no change gives another graph of the right type.

    Every node that can be changed is as likely as any other, however many of its replacements fit.
    """
    for node in _shuffled(graph.nodes, rng):
        for new in islice(change(node), TRIES):
            if new is None or new == node:
                continue
            output = replaced(graph.output, {node: new})
            if output is not None and output.type.fits(OUTPUT) and len(output.nodes) <= LARGEST:
                return Graph(tidy(output), graph.absent)
    return None


def _shuffled(ways: Iterable[T], rng: Random) -> list[T]:
    ways = list(ways)
    rng.shuffle(ways)
    return ways
