"""Graphs that differ only in how they are written down are one, and no others are."""

import copy
import gc
import itertools
import pickle
import random
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from regard.discovery.identity import canonical, identity, simplify
from regard.discovery.language import edit, twins
from regard.discovery.language.graph import Graph
from regard.discovery.language.operation import table
from regard.discovery.language.terms import term
from regard.discovery.language.twins import with_slots

LEARNED = ("linear", "gated_value", "rms_norm")
JOINING = ("add", "multiply", "subtract")


def drawn(rng, count=9):
    """A graph in which many nodes learn apart on the same inputs."""
    made = [term("v")]
    for _ in range(count):
        if rng.random() < 0.5:
            made.append(term(rng.choice(LEARNED), rng.choice(made[:2]), slot=rng.randrange(3)))
        else:
            made.append(term(rng.choice(JOINING), rng.choice(made), rng.choice(made[-3:])))
    return mixing(made[-1])


def mixing(values):
    return Graph(term("mix", term("softmax", term("dot", term("q"), term("k"))), values))


def counted_anew(root, rng):
    """The same program with its slots drawn at random."""
    held = {}
    for node in root.nodes:
        inputs = [held[each] for each in node.inputs]
        slot = rng.randrange(1000, 10**6) if node.operation.parameters else 0
        held[node] = term(node.operation, *inputs, slot=slot, **dict(node.constants))
    return held[root]


def written_anew(graph, rng):
    """The JSON of a graph with its nodes, and the inputs of those that commute, in another order."""
    value = graph.to_json()
    nodes, order = value["nodes"], []
    while len(order) < len(nodes):
        ready = [
            i for i, node in enumerate(nodes) if i not in order and set(node.get("inputs", [])) <= set(order)
        ]
        order.append(rng.choice(ready))
    place = {old: new for new, old in enumerate(order)}
    written = [dict(nodes[i]) for i in order]
    for node in written:
        node["inputs"] = [place[i] for i in node.get("inputs", [])]
        if "commutative" in table()[node["op"]].laws:
            rng.shuffle(node["inputs"])
    return Graph.from_json(value | {"nodes": written, "output": place[value["output"]]})


def split(count=300):
    """Graphs with another identity when they are counted or written anew."""
    rng = random.Random(0)
    for _ in range(count):
        graph = drawn(rng)
        others = [Graph(counted_anew(graph.output, rng)), written_anew(graph, rng)]
        if any(identity(each) != identity(graph) for each in others):
            yield graph


def attention(q, k, values="v"):
    return term("mix", term("softmax", term("dot", term(q), term(k))), term(values))


def test_a_second_projection_is_the_first_where_there_is_no_other():
    plain = attention("q", "k")
    for q, k in itertools.product(("q", "q2"), ("k", "k2")):
        assert canonical(Graph(attention(q, k), "o")) == Graph(plain, "o")
    raw = Graph(attention("q", "k2"), "q")
    assert canonical(raw) == Graph(attention("q", "k"), "q"), "the projection that is there is no other one"
    assert identity(Graph(attention("q", "k"), "k")) != identity(Graph(attention("q", "k2"), "")), (
        "without its projection a stream is another"
    )


def test_two_projections_are_one_whatever_their_names():
    def two(one, other):
        return Graph(term("subtract", attention(*one), term("cos", attention(*other))))

    crossed = {identity(two((a, b), (c, d))) for a, c in _both("q") for b, d in _both("k")}
    assert len(crossed) == 1
    assert identity(two(("q", "k"), ("q2", "k"))) not in crossed
    for graph in (two(("q2", "k"), ("q", "k2")), two(("q2", "k2"), ("q", "k2"))):
        assert canonical(canonical(graph)) == canonical(graph)


def _both(name):
    return ((name, f"{name}2"), (f"{name}2", name))


def counted_as_read(root):
    """A faulty count of twins: in the order of their nodes, which hashes of their slots decide."""
    seen, slots = {}, {}
    for node in root.nodes:
        if node.operation.parameters:
            key = node.operation, node.inputs, node.constants
            slots[node] = seen[key] = seen.get(key, -1) + 1
    return with_slots(root, slots)


def test_graphs_that_differ_in_order_and_in_slots_are_one():
    assert list(split()) == []


def test_a_count_in_the_order_of_reading_is_found_out(monkeypatch):
    monkeypatch.setattr(edit, "numbered", counted_as_read)
    assert len(list(split())) > 5


def misread():
    """Simplest forms that are others once they are written and read."""
    rng = random.Random(5)
    for _ in range(300):
        graph = canonical(drawn(rng))
        if Graph.parse(graph.text) != graph:
            yield graph


def test_a_simplest_form_is_itself_once_it_is_written_and_read():
    assert list(misread()) == []


def test_twins_that_are_written_in_the_order_of_reading_are_found_out(monkeypatch):
    monkeypatch.setattr("regard.discovery.language.graph.listed", lambda root: root.nodes)
    assert list(misread())


def test_threads_make_one_term():
    def make(_):
        return [term("linear", term("v"), slot=i) for i in range(200)]

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(make, range(8)))
    assert all(len(set(same)) == 1 for same in zip(*made, strict=True))


def orbit(root):
    """The program under every count of its twins."""
    groups = [each for each in twins._twins(root).values() if len(each) > 1]
    for orders in itertools.product(*map(itertools.permutations, groups)):
        yield with_slots(root, {node: i for order in orders for i, node in enumerate(order)})


def test_the_count_of_twins_is_one_of_all_and_the_same_for_all():
    """So that two graphs are one exactly where some count of their twins makes them equal."""
    rng = random.Random(1)
    tried = 0
    while tried < 150:
        output = drawn(rng).output
        ways = set(orbit(output))
        if 1 < len(ways) <= 30:
            assert len({edit.tidy(each) for each in ways}) == 1 and edit.tidy(output) in ways
            tried += 1


def ring(*pairs):
    """Products of pairs of six twins, each in two of them."""
    nodes = [term("linear", term("v"), slot=i) for i in range(6)]
    products = [term("multiply", nodes[i], nodes[j]) for i, j in pairs]
    return mixing(term("multiply", *(_in_turn("add", products[i::2]) for i in range(2))))


def _in_turn(name, terms):
    return terms[0] if len(terms) == 1 else term(name, terms[0], _in_turn(name, terms[1:]))


def test_two_triangles_are_no_hexagon():
    hexagon = ring((0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0))
    triangles = ring((0, 1), (3, 4), (1, 2), (4, 5), (2, 0), (5, 3))
    rng = random.Random(2)
    for graph in (hexagon, triangles):
        assert {identity(Graph(counted_anew(graph.output, rng))) for _ in range(8)} == {identity(graph)}
    assert identity(hexagon) != identity(triangles)


def test_many_twins_that_are_all_alike_are_counted_at_once():
    nodes = [term("linear", term("v"), slot=i) for i in range(32)]
    while len(nodes) > 1:
        nodes = [term("add", one, other) for one, other in zip(nodes[::2], nodes[1::2], strict=True)]
    rng = random.Random(3)
    assert identity(Graph(counted_anew(mixing(nodes[0]).output, rng))) == identity(mixing(nodes[0]))


def merged():
    """Graphs with two nodes that learn that are taken for those with a single node read twice."""
    v = term("v")
    for name in LEARNED:
        once = term(name, v)
        twice = mixing(term("subtract", once, term("tanh", once)))
        for other in (term(name, v, slot=1), term(name, term("scale", v, c=1.0))):
            two = mixing(term("subtract", once, term("tanh", other)))
            if identity(two) == identity(twice):
                yield two, twice


def test_two_nodes_that_learn_are_not_one_that_is_read_twice():
    assert list(merged()) == []


def test_a_simplification_that_merges_nodes_that_learn_is_found_out(monkeypatch):
    monkeypatch.setattr(simplify, "apart", lambda root: root)
    assert len(list(merged())) == len(LEARNED)


def test_a_replacement_keeps_apart_what_learns():
    v = term("v")
    inside = term("tanh", v)
    output = mixing(term("subtract", term("linear", v), term("linear", inside))).output
    found = edit.replaced(output, {inside: v})
    assert edit.learned(found) == 2 and found.inputs[1].inputs[0] is not found.inputs[1].inputs[1]


@pytest.mark.parametrize(("one", "other"), [(2, 2.0), (0, -0.0)])
def test_a_constant_is_one_however_it_is_written(one, other):
    def shifted(c):
        return Graph(mixing(term("shift", term("v"), c=c)).output).digest

    first = shifted(one)
    gc.collect()
    assert shifted(other) == first


def test_a_term_is_one_after_copies_and_pickles_and_is_forgotten_with_its_program():
    output = drawn(random.Random(4)).output
    assert copy.deepcopy(output) is output
    assert pickle.loads(pickle.dumps(output)) is output  # noqa: S301 - its own
    alone = term("relu", term("linear", term("v"), slot=77))
    canonical(mixing(alone))
    gone = weakref.ref(alone)
    del alone
    twins.numbered.cache_clear()
    assert gone() is None
