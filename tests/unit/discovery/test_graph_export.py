"""Graphs as files that need no regard, as formulas and as pictures."""

import subprocess
import sys
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest
import torch

from regard.attention import Mask, Size
from regard.attention.checking.inputs import draw
from regard.discovery.emission.diagram import diagram
from regard.discovery.emission.export import class_name, python_file
from regard.discovery.emission.latex import formula
from regard.discovery.language.graph import Graph
from regard.discovery.library import known
from regard.discovery.variation import GraphSpace
from regard.mechanisms import MECHANISMS

ROOT = Path(__file__).parents[3]
SIZE = Size(heads=2, key_features=8, value_features=6, length=24)
KEYS = torch.arange(12)[None] < torch.tensor([[12], [9]])


@pytest.mark.parametrize("name", known())
def test_an_exported_file_computes_what_the_graph_does(name, tmp_path):
    path = tmp_path / f"{name}.py"
    path.write_text(python_file(known()[name]))
    program = MECHANISMS.build("program", SIZE, graph=known()[name].text).double().eval()
    exported = MECHANISMS.build(f"{path}:{class_name(name)}", SIZE).double().eval()
    for own, given in zip(exported.parameters(), program.parameters(), strict=True):
        own.data.copy_(given.data.view_as(own))
    inputs = draw(program, n=12)
    for mask in (Mask(), Mask(causal=True), Mask(causal=True, keys=KEYS)):
        torch.testing.assert_close(exported(inputs, mask), program(inputs, mask), atol=1e-9, rtol=1e-9)


def test_exported_files_are_clean_as_they_stand(tmp_path):
    rng, space = Random(0), GraphSpace("empty")
    graphs = [*known().values(), *(space.vary([space.start(rng)], rng)[0] for _ in range(60))]
    for i, graph in enumerate(graphs):
        (tmp_path / f"mine{i}.py").write_text(python_file(graph, f"mine{i}"))
    settings = ["--config", str(ROOT / "pyproject.toml"), "--no-cache", str(tmp_path)]
    # a file looks for regard when it is asked how regard sees it, and not before
    for command in (["check", "--ignore", "PLC0415"], ["format", "--diff"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *settings], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", sorted((ROOT / "docs/found").glob("*.json")), ids=lambda path: path.stem)
def test_the_files_of_what_was_found_are_as_exported_now(path):
    assert path.with_suffix(".py").read_text() == python_file(Graph.load(path), path.stem)


@pytest.mark.parametrize(
    "name", ['a "quoted" one', "back\\slash", 'three """ of them', "new\nline", "größer ✓"]
)
def test_a_graph_of_any_name_is_read_back_from_its_file(name):
    graph = Graph(known()["softmax"].output, name=name)
    names: dict = {}
    exec(python_file(graph, "mine"), names)  # the file's own text, with a name from a stranger

    assert Graph.parse(names["Mine"].GRAPH).name == name


def test_an_exported_file_says_which_projections_are_left_out():
    softmax = known()["softmax"].output

    assert "left out" not in python_file(Graph(softmax))
    assert "In the layer around it W_o is left out.\n" in python_file(Graph(softmax, "o"))
    assert "In the layer around it W_v, W_o are left out.\n" in python_file(Graph(softmax, "vo"))


def test_an_exported_file_runs_where_there_is_no_regard(tmp_path):
    (tmp_path / "mine.py").write_text(python_file(known()["linear"], "mine"))
    code = (
        "import sys; sys.modules['regard'] = None\n"
        "import torch; from mine import Mine\n"
        "x = {name: torch.randn(2, 3, 5, 4) for name in 'qkv'}\n"
        "print(tuple(Mine(3, 4, 4)(x, causal=True, keys=torch.ones(2, 5, dtype=torch.bool)).shape))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "(2, 3, 5, 4)"


@pytest.mark.parametrize("name", known())
def test_formula_and_picture_are_made_of_every_graph(name):
    text = formula(known()[name])
    assert "$" not in text and text.count("{") == text.count("}")
    boxes = ElementTree.fromstring(diagram(known()[name])).iter("{http://www.w3.org/2000/svg}rect")
    assert len(list(boxes)) == len(known()[name].nodes)
