"""Programs grown at random toward a type."""

import functools
from random import Random
from typing import NamedTuple

from regard.discovery.language.operation import Operation, table
from regard.discovery.language.terms import Term, make
from regard.discovery.language.types import Type

SLOT = 1000
"""From here on new learned nodes are counted, until they are counted anew."""


class Producer(NamedTuple):
    """An operation with the types of inputs from which it gives what is wanted."""

    operation: Operation
    inputs: tuple[Type, ...]


@functools.cache
def producers(goal: Type) -> tuple[Producer, ...]:
    """All that can give a type, or one that fits it."""
    return tuple(
        Producer(operation, instance.inputs)
        for operation in table().values()
        for instance in operation.instances
        if instance.result.fits(goal)
    )


@functools.cache
def depths() -> dict[Type, int]:
    """For each type the fewest operations above one another that give it."""
    types = {each.result for operation in table().values() for each in operation.instances}
    types |= {each for operation in table().values() for one in operation.instances for each in one.inputs}
    found: dict[Type, int] = {}
    for _ in range(12):
        for goal in types:
            ways = [
                1 + max((found[each] for each in way.inputs), default=0)
                for way in producers(goal)
                if all(each in found for each in way.inputs)
            ]
            if ways:
                found[goal] = min([*ways, found.get(goal, 99)])
    return found


def grow(goal: Type, depth: int, rng: Random) -> Term:
    """A random program of a type, of so many operations above one another at most where that is possible.

    How many inputs its root has is drawn first: most operations are functions of one input, and would crowd
    out the few that join what stands at queries with what stands at keys.
    """
    known = depths()
    depth = max(depth, known[goal])
    ways = [
        way for way in producers(goal) if all(each in known and known[each] < depth for each in way.inputs)
    ]
    count = rng.choice(sorted({len(way.inputs) for way in ways}))
    way = rng.choice([way for way in ways if len(way.inputs) == count])
    inputs = tuple(grow(each, depth - 1, rng) for each in way.inputs)
    made = make(way.operation, inputs, (), _slot(way.operation, rng))
    assert made is not None
    return made


def _slot(operation: Operation, rng: Random) -> int:
    return SLOT + rng.randrange(1 << 20) if operation.parameters else 0
