"""An optimizer from a user's own file, on the command line."""

import json

import pytest
import random_search
from given_commands import regard

TINY = ["model.layers=1", "model.features=8", "model.heads=2", "model.hidden=8"]
SHORT = ["task=copy", "task.samples=200", "training.steps=12", "training.evaluate_every=4", *TINY]


def train(folder, *arguments):
    return regard("train", *SHORT, *arguments, "--out", folder, "--json")


def test_a_search_from_a_file_is_trained_and_kept(tmp_path):
    done = train(tmp_path, f"optimizer={random_search.__file__}:RandomSearch", "optimizer.sigma=0.02")

    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["outcome"], summary["steps"]) == ("finished", 12)
    described = json.loads((tmp_path / "runs" / summary["digest"] / "run.json").read_text("utf-8"))
    assert described["optimizer"]["name"].partition("@")[0] == f"{random_search.__file__}:RandomSearch"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["optimizer.sigma=-1"], "sigma must be above 0"),
        (["optimizer.rate=1"], "no setting 'optimizer.rate'"),
        (["training.scheduled_sampling=0.5"], "needs a fixed one"),
    ],
)
def test_what_it_cannot_do_is_refused_in_one_line(arguments, words, tmp_path):
    done = train(tmp_path, f"optimizer={random_search.__file__}:RandomSearch", *arguments)

    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
