"""The search of the project Evolving Attention, made anew from its description: genomes and variation.

Of selection only the neutral part is here: all that run are equally good, what does not run never survives.
Its share of duplicates is that of the search, whatever the quality. Its network is in `evolving_network.py`.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, final

SCORES = ("scaled_dot", "bilinear", "additive", "convolutional")
NORMALIZERS = ("softmax", "sparsemax", "sigmoid")
VALUES = ("linear", "gelu", "layer_norm", "gated_value", "add", "multiply")
OPERATIONS = (*SCORES, *NORMALIZERS, "top_k", "weighted_sum", *VALUES)
STREAMS = ("q", "k", "v")
POPULATION, GENERATIONS, CROSSED, GRAPH_SHARE, RIVALS = 50, 50, 0.5, 0.8, 3

Node = tuple[str, tuple[Any, ...]]
"""An operation, and its inputs: streams, or places of earlier nodes."""


@final
@dataclass(frozen=True)
class Genome:
    """A graph whose last node is the output, and which of W_q, W_k, W_v and W_o there are."""

    nodes: tuple[Node, ...]
    flags: tuple[bool, ...] = (True,) * 4

    @property
    def form(self) -> tuple[Any, ...]:
        """Equal for genomes that compute the same: without dead nodes, inputs and projections."""
        streams = {each for i in self._live for each in _read(self.nodes[i]) if each in STREAMS}
        flags = [flag and (i == 3 or STREAMS[i] in streams) for i, flag in enumerate(self.flags)]
        return self._spelled(len(self.nodes) - 1), tuple(flags)

    @property
    def _live(self) -> set[int]:
        found, left = set(), [len(self.nodes) - 1]
        while left:
            place = left.pop()
            found.add(place)
            left += [each for each in _read(self.nodes[place]) if each not in STREAMS]
        return found

    def _spelled(self, place: Any) -> Any:
        if place in STREAMS:
            return place
        name, inputs = self.nodes[place][0], [self._spelled(each) for each in _read(self.nodes[place])]
        return (name, *(sorted(inputs, key=repr) if name in ("add", "multiply") else inputs))


def _read(node: Node) -> tuple[Any, ...]:
    """Inputs that an operation uses: a unary one only its first."""
    name, inputs = node
    return inputs if name in (*SCORES, "weighted_sum", "add", "multiply") else inputs[:1]


STANDARD = Genome((("scaled_dot", ("q", "k")), ("softmax", (0,)), ("weighted_sum", (1, "v"))))


def valid(genome: Genome) -> bool:
    """What its validator asks for: scores, a normalizer, and a sum of values that come from v alone."""
    name, inputs = genome.nodes[-1]
    if name != "weighted_sum" or len(inputs) != 2 or inputs[0] in STREAMS:
        return False
    normalizer, below = genome.nodes[inputs[0]]
    if normalizer not in NORMALIZERS or len(below) != 1 or below[0] in STREAMS:
        return False
    return genome.nodes[below[0]][0] in SCORES and _of_values(genome, inputs[1])


def _of_values(genome: Genome, place: Any) -> bool:
    if place in STREAMS:
        return bool(place == "v")
    name, inputs = genome.nodes[place]
    return name in VALUES and bool(inputs) and all(_of_values(genome, each) for each in inputs)


def mutated(genome: Genome, rng: random.Random) -> Genome:
    """One change: of the graph, or of a projection."""
    if rng.random() >= GRAPH_SHARE:
        place = rng.randrange(4)
        flags = tuple(flag != (i == place) for i, flag in enumerate(genome.flags))
        return replace(genome, flags=flags)
    return replace(genome, nodes=rng.choice([_swapped, _rewired, _split, _removed])(list(genome.nodes), rng))


def _swapped(nodes: list[Node], rng: random.Random) -> tuple[Node, ...]:
    place = rng.randrange(len(nodes))
    nodes[place] = rng.choice(OPERATIONS), nodes[place][1]
    return tuple(nodes)


def _rewired(nodes: list[Node], rng: random.Random) -> tuple[Node, ...]:
    place = rng.randrange(len(nodes))
    name, inputs = nodes[place]
    chosen = rng.randrange(len(inputs))
    new = rng.choice([*STREAMS, *range(place)])
    nodes[place] = name, (*inputs[:chosen], new, *inputs[chosen + 1 :])
    return tuple(nodes)


def _split(nodes: list[Node], rng: random.Random) -> tuple[Node, ...]:
    place = rng.randrange(len(nodes))
    inputs = nodes[place][1]
    chosen = rng.randrange(len(inputs))
    new = (rng.choice(OPERATIONS), (inputs[chosen],))
    moved = [_moved(node, place, 1) for node in nodes[place:]]
    first, given = moved[0]
    moved[0] = first, (*given[:chosen], place, *given[chosen + 1 :])
    return (*nodes[:place], new, *moved)


def _removed(nodes: list[Node], rng: random.Random) -> tuple[Node, ...]:
    if len(nodes) < 2:
        return tuple(nodes)
    place = rng.randrange(len(nodes))
    source = nodes[place][1][0]
    left = [
        (name, tuple(source if each == place else each for each in inputs))
        for name, inputs in nodes[place + 1 :]
    ]
    return (*nodes[:place], *(_moved(node, place + 1, -1) for node in left))


def _moved(node: Node, first: int, by: int) -> Node:
    name, inputs = node
    return name, tuple(each + by if each not in STREAMS and each >= first else each for each in inputs)


def crossed(one: Genome, other: Genome, rng: random.Random) -> Genome:
    """The head of one and the tail of another; inputs that lead nowhere are drawn anew."""
    nodes = [
        *one.nodes[: rng.randint(1, len(one.nodes))],
        *other.nodes[rng.randrange(len(other.nodes)) :],
    ]
    whole = tuple(
        (
            name,
            tuple(
                each if each in STREAMS or each < i else rng.choice([*STREAMS, *range(i)]) for each in inputs
            ),
        )
        for i, (name, inputs) in enumerate(nodes)
    )
    cut = rng.randint(0, 4)
    return Genome(whole, one.flags[:cut] + other.flags[cut:])


def neutral_search(seed: int, runs: Callable[[Genome], bool]) -> list[tuple[Genome, bool]]:
    """All candidates of a search without selection among those that run, and whether each runs."""
    rng = random.Random(seed)
    born = [mutated(STANDARD, rng) for _ in range(POPULATION)]
    judged = [(each, valid(each) and runs(each)) for each in born]
    alive = list(judged)
    for _ in range(GENERATIONS):
        children = [_child(alive, rng) for _ in range(POPULATION)]
        new = [(each, valid(each) and runs(each)) for each in children]
        judged += new
        alive = sorted([*alive, *new], key=lambda each: (not each[1], rng.random()))[:POPULATION]
    return judged


def _child(alive: list[tuple[Genome, bool]], rng: random.Random) -> Genome:
    one, other = (
        min(rng.choices(alive, k=RIVALS), key=lambda each: (not each[1], rng.random()))[0] for _ in range(2)
    )
    return mutated(crossed(one, other, rng) if rng.random() < CROSSED else one, rng)
