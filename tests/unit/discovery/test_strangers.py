"""A graph file from a stranger is data: what is wrong with it is said in one line; nothing is executed."""

import json

import pytest

from regard.core.catalog import Spec
from regard.core.errors import Corrupt, InvalidOption, MissingFile, RegardError
from regard.discovery.language.graph import Graph
from regard.mechanisms import MECHANISMS

Q, K, V = {"op": "q"}, {"op": "k"}, {"op": "v"}
WRONG = {
    "an unknown operation": ({"nodes": [{"op": "__import__('os').system('true')"}]}, "no operation"),
    "a near name": ({"nodes": [{"op": "softmx"}]}, "'softmax'"),
    "a cycle": ({"nodes": [Q, {"op": "relu", "inputs": [2]}, {"op": "relu", "inputs": [1]}]}, "cycles"),
    "itself": ({"nodes": [{"op": "relu", "inputs": [0]}]}, "cycles"),
    "many nodes": ({"nodes": [Q] * 10_000}, "10000"),
    "wrong types": ({"nodes": [Q, V, {"op": "dot", "inputs": [0, 1]}]}, "keys:e"),
    "too few inputs": ({"nodes": [Q, {"op": "dot", "inputs": [0]}]}, "takes"),
    "another output": ({"nodes": [Q, K, {"op": "dot", "inputs": [0, 1]}]}, "scores"),
    "a constant that is none": (
        {"nodes": [Q, {"op": "scale", "inputs": [0], "constants": {"c": "x"}}]},
        "number",
    ),
    "a constant beyond": (
        {"nodes": [Q, {"op": "scale", "inputs": [0], "constants": {"c": 1e9}}]},
        "from -100",
    ),
    "an unknown constant": (
        {"nodes": [Q, {"op": "scale", "inputs": [0], "constants": {"d": 1}}]},
        "no constant",
    ),
    "an unknown key": ({"nodes": [V], "code": "1"}, "unknown key"),
    "no nodes": ({"nodes": []}, "list of nodes"),
    "no list": ({"nodes": {"a": 1}}, "list of nodes"),
    "another format": ({"format": 7, "nodes": [V]}, "format 1"),
    "strange projections": ({"nodes": [V, {"op": "gather", "inputs": [0]}], "absent": "xyz"}, "absent"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_in_one_line(what):
    value, said = WRONG[what]
    with pytest.raises(InvalidOption, match=said) as caught:
        Graph.from_json({"format": 1} | value)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "[" * 100_000, "null", '{"format": 1, "nodes": [NaN]}', "1" * 2_000_000]
)
def test_what_is_no_graph_at_all_is_refused(text, tmp_path):
    path = tmp_path / "graph.json"
    path.write_text(text)
    with pytest.raises(Corrupt, match="holds no graph"):
        Graph.load(path)


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(MissingFile, match=r"nowhere\.json"):
        MECHANISMS.complete(Spec("nowhere.json"))


def test_options_beside_a_file_are_refused(tmp_path):
    path = tmp_path / "graph.json"
    path.write_text(json.dumps({"format": 1, "nodes": [V, {"op": "gather", "inputs": [0]}]}))
    assert MECHANISMS.complete(Spec(str(path))).name == "program"
    with pytest.raises(RegardError, match="says all options"):
        MECHANISMS.complete(Spec.of(str(path), graph="x"))
