"""The simplest form of a graph: what the mechanism is, whatever its spelling."""

import functools

from regard.discovery.identity.rewrites import REWRITES
from regard.discovery.language.edit import rewritten, tidy
from regard.discovery.language.graph import Graph
from regard.discovery.language.terms import Term

ROUNDS = 8
"""Rounds of rewriting at most; each only shortens or makes cheaper."""


def canonical(graph: Graph) -> Graph:
    """The graph without what changes nothing, in the cheapest association."""
    output = simplified(graph.output)
    read = {node.name for node in output.nodes}
    absent = "".join(each for each in graph.absent if each in read or each == "o")
    return Graph(output, absent, graph.name)


def identity(graph: Graph) -> str:
    """A hash that is equal for graphs with one simplest form."""
    return canonical(graph).digest


@functools.lru_cache(maxsize=65536)
def simplified(output: Term) -> Term:
    """The simplest form of a program."""
    for _ in range(ROUNDS):
        simpler = rewritten(output, _rewrite)
        if simpler == output:
            break
        output = simpler
    return tidy(output)


def _rewrite(node: Term) -> Term:
    if "simple" not in node.cache:
        found = node
        for rewrite in REWRITES.get(node.name, ()):
            better = rewrite(node)
            if better is not None and better.type.fits(node.type):
                found = better
                break
        node.cache["simple"] = found
    return node.cache["simple"]
