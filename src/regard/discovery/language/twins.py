"""Twins: nodes that learn apart though they are one operation on the same inputs.

They differ by their slots alone, which mean nothing: what tells twins apart is how they are read.
"""

import functools
from collections import defaultdict
from collections.abc import Mapping, Sequence

from regard.discovery.language.terms import Term, make

Colors = Mapping[Term, int]
Readers = Mapping[Term, Sequence[tuple[int, Term]]]
"""Of each node those that read it, with the place at which they do."""


def listed(root: Term) -> tuple[Term, ...]:
    """Every node, inputs first, and twins in the order of their slots."""
    if not root.numbered:
        return root.nodes
    known = _twins(root)
    found: dict[Term, None] = {}
    for node in root.nodes:
        found |= dict.fromkeys(sorted(known.get(_apart_from_slot(node), [node]), key=lambda each: each.slot))
    return tuple(found)


# a search asks several times in a row, and programs are not to be held for long
@functools.lru_cache(maxsize=64)
def numbered(root: Term) -> Term:
    """The program with twins counted from 0, in an order that does not depend on how they were counted.

    They are ordered by their colors. Where some are alike, each of them is tried as the first, and the least
    hash is taken. Only where colors cannot tell apart what differs though one twin is named, as in regular
    graphs of a dozen twins, can two counts of one program be left.
    """
    twins = [each for each in _twins(root).values() if len(each) > 1]
    if not twins:
        return with_slots(root, {})
    said = {node: (node.name, node.constants, node.binding) for node in root.nodes}
    ranks = {each: i for i, each in enumerate(sorted(set(said.values())))}
    colors = _refined(root, {node: ranks[said[node]] for node in root.nodes})
    ways = (_told_apart(root, twins, {**colors, node: -1}) for node in _alike(twins, colors))
    return min(ways, key=lambda way: way.digest, default=_counted(root, twins, colors))


def _told_apart(root: Term, twins: Sequence[Sequence[Term]], colors: Colors) -> Term:
    """Any of those that are alike comes first: they can be exchanged, for all that colors tell."""
    colors = _refined(root, colors)
    while alike := _alike(twins, colors):
        colors = _refined(root, {**colors, alike[0]: -1})
    return _counted(root, twins, colors)


def _alike(twins: Sequence[Sequence[Term]], colors: Colors) -> Sequence[Term]:
    """Twins of one color: the lowest, since others may be alike only because these are."""
    found = [same for each in twins for same in _by_color(each, colors) if len(same) > 1]
    return min(found, key=lambda same: (len(same[0].nodes), colors[same[0]]), default=())


def _counted(root: Term, twins: Sequence[Sequence[Term]], colors: Colors) -> Term:
    ordered = [sorted(each, key=colors.__getitem__) for each in twins]
    return with_slots(root, {node: i for each in ordered for i, node in enumerate(each)})


def _refined(root: Term, colors: Colors) -> Colors:
    """Nodes of one color part by the colors of what they read and of what reads them, until none parts.

    Weisfeiler and Leman 1968. Colors are ranks, so that they do not depend on the order of the nodes.
    """
    nodes, readers = root.nodes, _readers(root)
    while True:
        seen = {node: (colors[node], _below(node, colors), _above(readers[node], colors)) for node in nodes}
        ranks = {each: i for i, each in enumerate(sorted(set(seen.values())))}
        parted = len(ranks) > len(set(colors.values()))
        colors = {node: ranks[seen[node]] for node in nodes}
        if not parted:
            return colors


def _below(node: Term, colors: Colors) -> tuple[int, ...]:
    found = [colors[each] for each in node.inputs]
    return tuple(sorted(found) if node.operation.commutative else found)


def _above(readers: Sequence[tuple[int, Term]], colors: Colors) -> tuple[tuple[int, int], ...]:
    return tuple(sorted((place, colors[reader]) for place, reader in readers))


def _readers(root: Term) -> Readers:
    found: dict[Term, list[tuple[int, Term]]] = {node: [] for node in root.nodes}
    for node in root.nodes:
        for i, each in enumerate(node.inputs):
            found[each].append((0 if node.operation.commutative else i, node))
    return found


def _by_color(nodes: Sequence[Term], colors: Colors) -> Sequence[Sequence[Term]]:
    found = defaultdict(list)
    for node in nodes:
        found[colors[node]].append(node)
    return list(found.values())


def _twins(root: Term) -> Mapping[object, list[Term]]:
    found = defaultdict(list)
    for node in root.nodes:
        if node.operation.parameters:
            found[_apart_from_slot(node)].append(node)
    return found


def _apart_from_slot(node: Term) -> object:
    return node.operation, node.constants, node.inputs


def with_slots(root: Term, slots: Mapping[Term, int]) -> Term:
    """The program with other slots; 0 where none is said."""
    held: dict[Term, Term] = {}
    for node in root.nodes:
        inputs, slot = tuple([held[each] for each in node.inputs]), slots.get(node, 0)
        same = inputs == node.inputs and slot == node.slot
        made = node if same else make(node.operation, inputs, node.constants, slot)
        assert made is not None, "slots change no type"
        held[node] = made
    return held[root]
