"""A graph file is named wherever a mechanism is: checked, compared, measured, looked at, and asked."""

import json
from pathlib import Path

import pytest
from given_commands import regard

from regard.core.results import BenchmarkResult, LensResult
from regard.discovery.library import known

TINY = ["model.layers=1", "model.features=8", "model.heads=2", "model.hidden=8", "model.dropout=0"]
QUICK = ["heads=1", "key_features=8", "value_features=8", "rounds=2", "scales=1,4"]
SHORT = ["training.epochs=1", "training.steps=3", "training.batch=16"]


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sigmoid attention as data, as a stranger would write it."""
    path = tmp_path_factory.mktemp("graphs") / "mine.json"
    path.write_text(json.dumps(known()["sigmoid"].to_json() | {"name": "mine"}))
    return path


@pytest.fixture(scope="module")
def run(graph, tmp_path_factory) -> Path:
    """A run of it, whose file is there no longer: the run keeps the graph itself."""
    folder = tmp_path_factory.mktemp("trained")
    copy = folder / "copy.json"
    copy.write_bytes(graph.read_bytes())
    given = ["task=arithmetic", "task.digits=1", f"mechanism={copy}", *TINY, *SHORT]
    done = regard("train", *given, "--out", folder)
    assert done.returncode == 0, done.stderr
    copy.unlink()
    return next((folder / "runs").iterdir())


def test_it_passes_the_laws(graph):
    done = regard("check", graph, "--json")

    assert done.returncode == 0, done.stderr
    assert '"broken"' not in done.stdout


def test_it_is_compared(graph, tmp_path):
    done = regard(
        *("compare", "task=digits", *TINY, *SHORT, f"mechanism={graph},softmax", "seeds=3", "grid=[1e-2]"),
        *("--out", tmp_path),
    )

    assert done.returncode == 0, done.stderr
    document = json.loads(next((tmp_path / "comparisons").glob("*.json")).read_text("utf-8"))
    assert {len(row["seeds"]) for row in document["rows"]} == {3} and len(document["rows"]) == 2


def test_its_cost_is_measured(graph, tmp_path):
    done = regard("bench", f"mechanism={graph},softmax", "lengths=16,64", *QUICK, "--out", tmp_path)

    assert done.returncode == 0, done.stderr
    assert BenchmarkResult.read(next((tmp_path / "benchmarks").glob("*.json"))).rows


def test_what_it_reads_becomes_a_page(run):
    done = regard("lens", run, "--examples", "1", "--mean", "0", "--moments", "0", "--tried", "0", "--json")

    assert done.returncode == 0, done.stderr
    (model,) = LensResult.read(Path(json.loads(done.stdout)["page"]).with_suffix(".json")).models
    assert model.views[0].layers[0].maps


def test_it_answers(run):
    done = regard("ask", run, "2+3=", "--json")

    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)["answer"]) <= set("0123456789 ")
