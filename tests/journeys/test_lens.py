"""`regard lens` as a user gives it, to runs that were really trained."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from given_commands import regard

import regard as package
from regard.core.results import ComparedMaps, ComparisonResult, LensResult
from regard.maps.views.compared import compared_maps

TINY = ["model.layers=2", "model.features=16", "model.heads=2", "model.hidden=16"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two mechanisms that add single digits."""
    folder = tmp_path_factory.mktemp("seen")
    for mechanism in ("softmax", "delta"):
        options = ["task.digits=1", "training.steps=20", "training.batch=16", f"mechanism={mechanism}"]
        done = regard("train", "task=arithmetic", *options, *TINY, "--out", folder)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def runs(project: Path) -> list[Path]:
    return sorted((project / "runs").iterdir())


def test_a_run_becomes_a_page_that_holds_its_maps(project, runs):
    done = regard("lens", runs[0], "--examples", "2", "--mean", "4")

    assert done.returncode == 0, done.stderr
    page = Path(re.search(r"The page: (.*)", done.stdout.replace("\n", ""))[1].strip())
    assert page.parent == project / "lenses"
    result = LensResult.read(page.with_suffix(".json"))
    (model,) = result.models
    assert [view.example.split()[0] for view in model.views[-2:]] == ["mean", "deviation"]
    assert [view.step for view in model.views[:-2]] == [None, None, 0]
    assert model.faithfulness and model.faithfulness.examples > 1
    assert (model.views[0].layers[1].scores is None) == ("delta" in model.label)
    assert "default-src 'none'" in page.read_text("utf-8")


def test_two_runs_are_shown_side_by_side(project, runs):
    few = ["--examples", "1", "--mean", "0", "--moments", "0", "--tried", "0"]
    done = regard("lens", *runs, *few, "--json")

    assert done.returncode == 0, done.stderr
    result = LensResult.read(Path(json.loads(done.stdout)["page"]).with_suffix(".json"))
    assert len(result.models) == 2
    for model in result.models:
        assert [view.step for view in model.views] == [None]
        assert model.faithfulness is None and "none was given" in model.untried
    assert len(result.pairs) == 4


def test_a_project_of_several_runs_is_refused_in_one_line(project):
    done = regard("lens", project)

    assert done.returncode == 2
    assert "is a project, not a run. Give one of its 2 runs" in " ".join(done.stderr.split())


def test_in_python_maps_are_tensors(runs):
    model, tokens = package.load(runs[0]), torch.randint(10, (1, 5))

    seen = package.lens(model, tokens)
    maps = package.attention_maps(model, tokens)

    assert set(seen.layers[0].maps) >= {"operator", "contribution", "relevance", "influence"}
    assert list(maps) == ["blocks.0.attention", "blocks.1.attention"]
    assert maps["blocks.0.attention"].shape == (2, 5, 5)


def test_a_question_has_a_page_of_its_own(runs):
    done = regard("ask", runs[0], "2+3=", "--page", "--json")

    assert done.returncode == 0, done.stderr
    result = LensResult.read(Path(json.loads(done.stdout)["page"]).with_suffix(".json"))
    (view,) = result.models[0].views
    assert view.queries[:4] == ("2", "+", "3", "=")
    assert [answer.place for answer in view.answers] == [3, 4]
    for last, answered in zip(view.layers[-1].guesses, view.answers[-1].guesses, strict=True):
        assert (last.text, last.share) == (answered.text, pytest.approx(answered.share, abs=1e-5))
    assert all(len(layer.ablated) == 2 for layer in view.layers)


def test_pictures_and_numbers_lie_where_they_were_asked_for(runs, tmp_path):
    folder, file = tmp_path / "pictures", tmp_path / "maps.npz"
    options = ["--examples", "1", "--mean", "2", "--moments", "0", "--tried", "0"]

    done = regard("lens", runs[0], *options, "--pictures", folder, "--npz", file, "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["pictures"] == str(folder)
    assert {path.suffix for path in folder.iterdir()} == {".png", ".svg"}
    arrays = np.load(file)
    maps = arrays["model_0/example_0/layer_1/contribution"]
    assert maps.shape == (2, *2 * [len(arrays["model_0/example_0/positions"])])
    model, text = package.load(runs[0]), str(arrays["model_0/example_0/text"])
    assert text.startswith("".join(arrays["model_0/example_0/positions"])[:4])
    assert len(package.attention_maps(model, torch.randint(10, (1, 5)))) == 2


def test_in_python_pictures_and_numbers_are_one_call_each(runs, tmp_path):
    seen = package.lens(package.load(runs[0]), torch.randint(10, (1, 5)))

    assert seen.write_pictures(tmp_path / "pictures")
    arrays = np.load(seen.write_arrays(tmp_path / "maps.npz"))
    assert torch.equal(torch.from_numpy(arrays["layer_0/operator"]), seen.layers[0].maps["operator"])


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a comparison of two mechanisms on two sequences, and its page."""
    folder = tmp_path_factory.mktemp("compared")
    options = ["task.samples=200", "training.steps=10", "training.batch=16", "grid=[0.003]", *TINY]
    done = regard("compare", "task=pairs", "mechanism=softmax,linear", "seeds=3", *options, "--out", folder)
    assert done.returncode == 0, done.stderr
    assert regard("report", folder).returncode == 0
    return folder


def test_a_comparison_s_page_shows_what_each_mechanism_reads(compared):
    (path,) = (compared / "maps").iterdir()
    for each in ComparedMaps.read(path).mechanisms:
        assert each.view.example.startswith("the first reads the second")
        assert [layer.name for layer in each.layers] == ["blocks.0.cross", "blocks.1.cross"]
        assert all(layer.maps for layer in each.view.layers)
    assert (compared / "report.html").read_text().count("<article>\n    <h4>") >= 2

    written = path.stat().st_mtime_ns
    assert regard("report", compared).returncode == 0
    assert path.stat().st_mtime_ns == written


def test_maps_of_a_comparison_are_those_of_its_first_runs(compared, runs, project, tmp_path):
    result = ComparisonResult.read(compared)
    rows = tuple(
        replace(row, seeds=(replace(row.seeds[0], digest=run.name),))
        for row, run in zip(result.rows, runs, strict=True)
    )

    seen = compared_maps(replace(result, rows=rows), project)
    gone = compared_maps(result, tmp_path)

    layers = {each.layers[0].mechanism: each.view.layers[0] for each in seen.mechanisms}
    assert "weights" in layers["softmax"].maps and "contribution" in layers["delta"].maps
    assert all("is not there" in each.missing for each in gone.mechanisms)


def test_two_sequences_are_seen_in_each_way_in_which_they_are_read(compared, tmp_path):
    runs = [row.seeds[0].digest for row in ComparisonResult.read(compared).rows]
    pictures, file = tmp_path / "pictures", tmp_path / "maps.npz"

    done = regard(
        "lens", *(compared / "runs" / run for run in runs),
        "--examples", "1", "--mean", "0", "--moments", "1",
        "--json", "--pictures", pictures, "--npz", file,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    result = LensResult.read(Path(json.loads(done.stdout)["page"]).with_suffix(".json"))
    ways = [view.example.split(":")[0] for view in result.models[1].views if view.step is None]
    assert ways[2:] == ["the first reads the second", "the second reads the first"]
    assert not result.pairs
    assert any(pictures.iterdir())
    assert len(np.load(file)["model_0/example_0/positions"]) == 2
