"""Graphs some operators away from softmax: how many run, break no rule, and are distinct.

    python benchmarks/mutants.py [GRAPHS]

Operators are drawn at random, and no second try is made where a rule is broken. Milliseconds of a fingerprint
are those of the processor, on one thread, the first time and again.
"""

import statistics
import sys
import time
import warnings
from random import Random

import torch
from static_pass import STEPS, varied

from regard.attention import Mask, Size
from regard.attention.checking.inputs import draw
from regard.discovery.emission.fingerprint import fingerprint
from regard.discovery.identity import canonical, identity
from regard.discovery.language.graph import Graph
from regard.discovery.language.rules import rejected
from regard.discovery.library import known
from regard.mechanisms import MECHANISMS

SIZE = Size(heads=2, key_features=4, value_features=6, length=16)


def main() -> None:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    graphs = [mutant(Random(i)) for i in range(count)]
    sound = [graph for graph in graphs if rejected(graph) is None]
    print(f"are built, run and back-propagate: {sum(map(works, graphs))} of {count}")
    print(f"break no rule: {len(sound)}")
    print(f"distinct: {len({identity(graph) for graph in graphs})}")
    for when in ("first", "again"):
        taken = statistics.fmean(milliseconds(graph) for graph in graphs)
        print(f"fingerprint, {when}: {taken:.2f} ms")


def mutant(rng: Random) -> Graph:
    """In its simplest form."""
    start = graph = known()["softmax"]
    for _ in range(STEPS):
        graph = varied(graph, start, rng)
    return canonical(graph)


def works(graph: Graph) -> bool:
    """Whether it is built, runs and back-propagates."""
    program = MECHANISMS.build("program", SIZE, graph=graph.text)
    inputs = draw(program, n=7, dtype=torch.float32).map(lambda x: x.requires_grad_())
    mixed = program(inputs, Mask(causal=program.traits.causal))
    mixed.sum().backward()
    return mixed.shape == (2, 2, 7, 6)


def milliseconds(graph: Graph) -> float:
    """Of one fingerprint."""
    start = time.process_time()
    fingerprint(graph)
    return 1e3 * (time.process_time() - start)


if __name__ == "__main__":
    main()
