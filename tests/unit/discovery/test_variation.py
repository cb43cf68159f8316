"""Children of graphs: right by construction, and mostly worth training."""

import random
import warnings

import pytest
import torch

from regard.attention import Mask, Size
from regard.attention.checking.inputs import draw
from regard.core.errors import InvalidOption
from regard.discovery.identity import canonical, identity
from regard.discovery.language.graph import Graph
from regard.discovery.language.rules import broken, rejected
from regard.discovery.language.terms import term
from regard.discovery.library import known
from regard.discovery.variation import GraphSpace
from regard.discovery.variation.operators import OPERATORS
from regard.mechanisms import MECHANISMS

SIZE = Size(heads=2, key_features=4, value_features=6, length=16)


def mutated(rng, times):
    """A graph so many operators away from softmax attention, no child of which is refused."""
    start = graph = known()["softmax"]
    while times:
        child = OPERATORS[rng.choice(sorted(OPERATORS))](graph, start, rng)
        if child is not None:
            graph, times = child, times - 1
    return graph


def works(graph):
    """Whether it is built, runs, and gradients reach its streams."""
    program = MECHANISMS.build("program", SIZE, graph=graph.text)
    inputs = draw(program, n=7, dtype=torch.float32).map(lambda x: x.requires_grad_())
    mixed = program(inputs, Mask(causal=program.traits.causal))
    mixed.sum().backward()
    return mixed.shape == (2, 2, 7, 6)


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.long)])
def test_every_child_builds_runs_and_back_propagates(count):
    rng = random.Random(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert all(works(canonical(mutated(rng, 5))) for _ in range(count))


def test_most_graphs_five_operators_away_from_softmax_break_no_rule():
    rng = random.Random(1)
    graphs = [canonical(mutated(rng, 5)) for _ in range(300)]
    sound = [graph for graph in graphs if rejected(graph) is None]
    assert len(sound) >= 0.5 * len(graphs)
    assert len({identity(graph) for graph in sound}) >= 0.5 * len(sound)


@pytest.mark.parametrize("population", ["softmax", "library", "empty"])
def test_the_space_gives_children_that_are_new(population):
    space, rng = GraphSpace(population), random.Random(2)
    graph = space.start(rng)
    for _ in range(5):
        child, operator = space.vary([graph, space.start(rng)], rng)
        assert operator in OPERATORS and space.identity(child) != space.identity(graph)
        assert space.from_json(space.to_json(child)) == child
        graph = child
    assert MECHANISMS.complete(space.mechanism(graph)).name == "program"


def test_what_is_left_out_is_in_no_child():
    free, space, rng = GraphSpace(), GraphSpace(without=("softmax", "dot")), random.Random(3)
    start = space.start(rng)
    assert "without softmax" in space.objection(start) or "without dot" in space.objection(start)
    graph = next(child for child, _ in _children(space, start, rng) if space.objection(child) is None)
    for _ in range(20):
        graph, _ = next(each for each in _children(space, graph, rng) if space.objection(each[0]) is None)
        assert not {"softmax", "dot"} & {node.name for node in canonical(graph).nodes}
        assert free.objection(graph) is None
    with pytest.raises(InvalidOption, match="Did you mean 'softmax'"):
        GraphSpace(without=("softmx",))


def _children(space, parent, rng):
    while True:
        yield space.vary([parent], rng)


@pytest.mark.parametrize(("feature", "rule"), [("elu_one", None), ("relu", None), ("tanh", "divides")])
def test_a_number_that_may_be_negative_does_not_divide(feature, rule):
    q, k = term(feature, term("q")), term(feature, term("k"))
    read = [term("read", q, term("write", k, written)) for written in (term("v"), term("one"))]
    found = rejected(canonical(Graph(term("divide", *read))))
    assert (None if found is None else found.name) == rule


def test_linear_attention_is_one_step_from_softmax_attention():
    linear = Graph(term("read", term("q"), term("write", term("k"), term("v"))))
    rng = random.Random(4)
    children = [OPERATORS["weigh"](linear, linear, rng) for _ in range(100)]
    found = {canonical(child).output for child in children if child is not None}
    assert term("mix", term("softmax", term("dot", term("q"), term("k"))), term("v")) in found
    assert linear.output not in found, "a weight that changes nothing is no step"
    assert OPERATORS["weigh"](known()["softmax"], linear, rng) is None


def test_equal_mechanisms_are_named_alike():
    space = GraphSpace()
    quadratic = Graph.parse(
        '{"format":1,"nodes":[{"op":"q"},{"op":"elu_one","inputs":[0]},{"op":"k"},{"op":"elu_one","inputs":[2]},'
        '{"op":"dot","inputs":[1,3]},{"op":"keep","inputs":[4]},{"op":"row_normalize","inputs":[5]},{"op":"v"},'
        '{"op":"mix","inputs":[6,7]}]}'
    )
    linear = known()["linear"]
    assert quadratic != linear
    assert space.mechanism(quadratic) == space.mechanism(linear)
    assert quadratic.cost.growth == 2 and canonical(quadratic).cost.growth == 1


def test_rules_name_what_is_wrong():
    def graph(*nodes):
        return canonical(Graph.from_json({"format": 1, "nodes": list(nodes)}))

    alone = graph({"op": "v"}, {"op": "as_queries", "inputs": [0]})
    assert rejected(alone).name == "carries_values"
    mean = graph({"op": "v"}, {"op": "gather", "inputs": [0]})
    assert rejected(mean).name == "no_selection"
    band, v = {"op": "band"}, {"op": "v"}
    nothing = graph(band, {"op": "weigh_relu", "inputs": [0]}, v, {"op": "mix", "inputs": [1, 2]})
    assert rejected(nothing).name == "constant_weights", "a band has no positive scores"
    assert [rule.name for rule in broken(known()["synthesizer"])] == ["static"]
    assert broken(known()["delta"]) == ()
    q, k, v, strength = {"op": "q"}, {"op": "k"}, {"op": "v"}, {"op": "one"}
    memory = {"op": "delta_write", "inputs": [1, 2, 3]}
    assert [
        rule.name for rule in broken(graph(q, k, v, strength, memory, {"op": "read", "inputs": [0, 4]}))
    ] == ["diverging"]
