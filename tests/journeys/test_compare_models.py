"""Settings of the model, compared from the command line."""

import csv
import json
from pathlib import Path

import pytest
from given_commands import regard

TINY = [
    "task=digits",
    "model.layers=1",
    "model.features=8",
    "model.heads=2",
    "model.hidden=8",
    "model.dropout=0",
]
SHORT = ["training.epochs=1", "training.steps=3", "training.batch=16"]
COMPARED = ["mechanism=linear,softmax", "model.output_gate=false,true", "seeds=3", "grid=[1e-2]"]
GATED = "softmax[output_gate=True]"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a comparison of two mechanisms, each with and without a gate."""
    folder = tmp_path_factory.mktemp("models") / "out"
    done = regard("compare", *TINY, *SHORT, *COMPARED, "--out", folder)
    assert done.returncode == 0, done.stderr
    (folder / "said.txt").write_text(done.stdout)
    return folder


def rows_of(folder: Path) -> dict[str, dict]:
    document = json.loads(next((folder / "comparisons").glob("*.json")).read_text("utf-8"))
    return {row["label"]: row for row in document["rows"]}


def test_the_table_the_csv_and_the_result_call_each_model_by_what_differs(folder):
    with next((folder / "comparisons").glob("*.csv")).open() as file:
        written = [line["label"] for line in csv.DictReader(file)]

    assert written == list(rows_of(folder)) == ["softmax", "linear", "linear[output_gate=True]", GATED]
    assert all(label in (folder / "said.txt").read_text() for label in written)
    assert rows_of(folder)[GATED]["model"] == {"output_gate": True}


def test_training_with_the_same_settings_finds_the_run_performed(folder):
    alone = [*TINY, *SHORT, "mechanism=softmax", "model.output_gate=true", "optimizer.rate=1e-2"]
    before = sorted(path.name for path in (folder / "runs").iterdir())

    done = regard("train", *alone, "--seed", 2, "--json", "--out", folder)

    summary = json.loads(done.stdout)
    seed = rows_of(folder)[GATED]["seeds"][2]
    assert (summary["digest"], summary["test"]) == (seed["digest"], seed["test"])
    assert sorted(path.name for path in (folder / "runs").iterdir()) == before


def test_each_model_has_pictures_and_a_card(folder):
    done = regard("report", folder)

    page = (folder / "report.html").read_text()
    assert done.returncode == 0, done.stderr
    for row in rows_of(folder).values():
        assert any((folder / "runs" / seed["digest"] / "confusion.png").exists() for seed in row["seeds"])
    assert page.count("<dt>model.output_gate</dt><dd>True</dd>") == 2


def test_settings_that_change_nothing_are_refused_in_one_line(tmp_path):
    done = regard(
        "compare", *TINY, *SHORT, "mechanism=softmax,identity", "model.heads=2,4", "--out", tmp_path
    )

    assert done.returncode == 2
    assert "model.heads=4 changes nothing in identity." in done.stderr
    assert not (tmp_path / "runs").exists()
