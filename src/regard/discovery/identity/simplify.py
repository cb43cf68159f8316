"""The simplest form of a graph: what the mechanism is, whatever its spelling."""

from regard.discovery.identity.rewrites import REWRITES
from regard.discovery.language.edit import apart, learned, replaced, tidy
from regard.discovery.language.graph import Graph
from regard.discovery.language.terms import Term, make

SECOND = {"q": "q2", "k": "k2"}
"""Streams of projections of their own, beside those that they are like in all else."""


def canonical(graph: Graph) -> Graph:
    """The graph without what changes nothing, in the cheapest association, streams named in one way."""
    output, absent = simplified(graph.output), graph.absent
    read = {node.name for node in output.nodes}
    if absent:
        absent = "".join(each for each in absent if each in read or each == "o")
    output = _named(output, read, absent)
    if output is graph.output and absent == graph.absent:
        return graph
    return Graph(output, absent, graph.name)


def _named(output: Term, read: set[str], absent: str) -> Term:
    """Second queries are the queries where there are no others. Of several ways to name both, that of the
    least hash is taken."""
    ways = [output]
    for first, second in SECOND.items():
        if second in read and first not in absent:
            exchanged = [_exchanged(each, first, second) for each in ways]
            ways = ways + exchanged if first in read else exchanged
    return ways[0] if len(ways) == 1 else min(ways, key=lambda way: way.digest)


def _exchanged(output: Term, first: str, second: str) -> Term:
    one, other = make(first, ()), make(second, ())
    assert one is not None and other is not None
    named = replaced(output, {one: other, other: one})
    assert named is not None, "both are of one type"
    return tidy(named)


def identity(graph: Graph) -> str:
    """A hash that is equal for graphs with one simplest form."""
    return canonical(graph).digest


def simplified(output: Term) -> Term:
    """The simplest form of a program."""
    simple = _simplest(output)
    if simple is not output and output.facts.learned and learned(simple) < learned(output):
        # two that learn apart have come to the same inputs
        simple = _simplest(apart(output))
    return tidy(simple)


def _simplest(node: Term) -> Term:
    """The simplest form of a node, whatever it stands in: found once, and kept with the node."""
    if node.simpler is None and not node.settled:
        inputs = tuple([_simplest(each) for each in node.inputs])
        made = node if inputs == node.inputs else make(node.operation, inputs, node.constants, node.slot)
        # of a type that no longer fits nothing is rewritten
        found = node if made is None else _rewritten(made)
        # a node that held itself would never be forgotten
        node.settled, node.simpler = found is node, None if found is node else found
    return node.simpler or node


def _rewritten(node: Term) -> Term:
    """The same of a node whose inputs are in theirs. It ends: an identity shortens or makes cheaper."""
    for rewrite in REWRITES.get(node.name, ()):
        better = rewrite(node)
        if better is not None and better.type.fits(node.type):
            return _simplest(better)
    return node
