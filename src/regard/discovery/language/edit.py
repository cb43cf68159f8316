"""Programs made of other programs: nodes are never changed, but made anew above what is replaced."""

from collections.abc import Mapping

from regard.discovery.language.terms import Term, make
from regard.discovery.language.twins import numbered, with_slots


def replaced(root: Term, meant: Mapping[Term, Term]) -> Term | None:
    """The program with some nodes in place of others; None where a type does not fit.

    Nodes that learn apart do so still where they come to read the same inputs.
    """
    held = dict(meant)
    taken: set[Term] = set()
    for node in root.nodes:
        if node in held:
            continue
        inputs = tuple([held[each] for each in node.inputs])
        made = node if inputs == node.inputs else make(node.operation, inputs, node.constants, node.slot)
        while made in taken:
            made = make(node.operation, inputs, node.constants, made.slot + 1)
        if made is None:
            return None
        if node.operation.parameters:
            taken.add(made)
        held[node] = made
    return held[root]


def learned(root: Term) -> int:
    """How many of its nodes learn."""
    return sum(1 for node in root.nodes if node.operation.parameters)


def apart(root: Term) -> Term:
    """The program with a slot for each node that learns, so that no two of them ever become one."""
    return with_slots(root, {node: i for i, node in enumerate(root.nodes) if node.operation.parameters})


def tidy(root: Term) -> Term:
    """The program with learned nodes counted from 0 among those of one operation on the same inputs.

    It is the same for programs that differ only in how these were counted.
    """
    return numbered(root) if root.numbered else root
