"""Programs made of other programs: nodes are never changed, but made anew above what is replaced."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from regard.discovery.language.terms import Term, make


def replaced(root: Term, meant: Mapping[Term, Term]) -> Term | None:
    """The program with some nodes in place of others; None where a type does not fit."""
    held = dict(meant)
    for node in root.nodes:
        if node in held:
            continue
        inputs = tuple([held[each] for each in node.inputs])
        made = node if inputs == node.inputs else make(node.operation, inputs, node.constants, node.slot)
        if made is None:
            return None
        held[node] = made
    return held[root]


def tidy(root: Term) -> Term:
    """The program with learned nodes counted from 0 among those of one operation on the same inputs."""
    seen: Counter[Any] = Counter()
    held: dict[Term, Term] = {}
    for node in root.nodes:
        inputs = tuple([held[each] for each in node.inputs])
        slot = 0
        if node.operation.parameters:
            key = (node.name, inputs, node.constants)
            slot = seen[key]
            seen[key] += 1
        if inputs == node.inputs and slot == node.slot:
            held[node] = node
            continue
        made = make(node.operation, inputs, node.constants, slot)
        assert made is not None
        held[node] = made
    return held[root]


def rewritten(root: Term, rewrite: Callable[[Term], Term]) -> Term:
    """The program with every node rewritten, inputs first. A rewrite gives a node that fits its place."""
    held: dict[Term, Term] = {}
    for node in root.nodes:
        inputs = tuple([held[each] for each in node.inputs])
        made = node if inputs == node.inputs else make(node.operation, inputs, node.constants, node.slot)
        # of a type that no longer fits nothing is rewritten
        held[node] = node if made is None else rewrite(made)
    return held[root]
