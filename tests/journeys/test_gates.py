"""The gates of docs/results.md with one seed each: the harness is right before it judges any mechanism."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]


def score_of(task: str, mechanism: str, folder: Path) -> float:
    command = [sys.executable, "-m", "regard", "train", f"task={task}", f"mechanism={mechanism}"]
    done = subprocess.run(
        [*command, "--test", "--json", "--out", str(folder)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)["test"]


@pytest.mark.parametrize(
    ("task", "least"),
    [
        ("digits", 0.97),
        ("recall", 0.99),
        ("arithmetic", 0.995),
        ("scan", 0.99),
        ("state_tracking", 0.99),
        ("membership", 0.95),
        ("induction", 0.99),
        ("reverse", 0.98),
        ("set_membership", 0.98),
        pytest.param("imdb", 0.86, marks=pytest.mark.data),
    ],
)
def test_softmax_reaches_what_can_be_reached(task, least, tmp_path):
    assert score_of(task, "softmax", tmp_path) >= least


@pytest.mark.parametrize(("task", "most"), [("digits", 0.15), ("recall", 0.03), ("arithmetic", 0.03)])
def test_a_model_that_mixes_nothing_stays_at_chance(task, most, tmp_path):
    assert score_of(task, "identity", tmp_path) <= most
