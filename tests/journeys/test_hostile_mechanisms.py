"""A user's own mechanism that hangs, crashes or meddles: every command says so and goes on."""

import json
import subprocess
from pathlib import Path

import given_commands
import pytest

OWN = """
import os, time
import torch
from regard import Cost, Mechanism, Traits

class Own(Mechanism):
    traits = Traits(source="mine", time="n", memory="n")

    def __init__(self, size, *, birth: str = "", back: str = ""):
        super().__init__(size)
        self.back = back
        self.do(birth)

    def do(self, what):
        if what == "exit":
            os._exit(0)
        if what == "sleep":
            time.sleep(100)
        if what == "raise":
            raise ValueError("not\\nthis way")

    def forward(self, streams, mask):
        mixed = streams.v.clone()
        if self.back and mixed.requires_grad:
            mixed.register_hook(lambda gradient: self.do(self.back))
        return mixed

    def cost(self, n, m, mask):
        return Cost(matmul_flops=0, state_numbers=0)
"""

TINY = ["task=digits", "model.layers=1", "model.features=8", "model.heads=2", "model.hidden=8"]
SHORT = [*TINY, "training.epochs=1", "training.steps=3", "training.batch=16"]


@pytest.fixture
def own(tmp_path: Path) -> str:
    (tmp_path / "own.py").write_text(OWN)
    return f"{tmp_path / 'own.py'}:Own"


def regard(*arguments: object) -> subprocess.CompletedProcess[str]:
    done = given_commands.regard(*arguments)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("mechanism.birth=exit", "Its process ended by itself with status 0."),
        pytest.param(
            "mechanism.back=sleep", "It exceeded its time limit of 20 seconds.", marks=pytest.mark.long
        ),
    ],
)
def test_training_it_is_one_line(own: str, tmp_path: Path, how: str, reason: str) -> None:
    done = regard("train", *SHORT, f"mechanism={own}", how, "--out", tmp_path / "out", "--timeout", 20)
    assert done.returncode != 0
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert reason in line


@pytest.mark.long
def test_a_comparison_with_it_is_finished_and_its_costs_can_be_measured_again(
    own: str, tmp_path: Path
) -> None:
    """It fails in training only: what it costs to train is unknown, and everything else is there."""
    command = [
        "compare",
        *SHORT,
        "seeds=3",
        "grid=[0.01]",
        f"mechanism=softmax,{own}",
        "mechanism.Own.back=exit",
    ]
    for again in ([], ["--remeasure"]):
        done = regard(*command, "--out", tmp_path / "out", "--json", *again)
        softmax, mine = json.loads(done.stdout)["rows"]
        assert (softmax["failures"], mine["failures"]) == (0, 3)
        assert softmax["cost"]["missing"] is None and softmax["cost"]["training_peak_bytes"] > 0
        assert mine["cost"]["training_peak_bytes"] is None and mine["cost"]["latency_ms"] > 0
        assert mine["cost"]["missing"] == "memory of training: Its process ended by itself with status 0."
        assert mine["source"] == "mine"
        if not again:
            first = softmax["cost"]["latency_ms"]
    assert softmax["cost"]["latency_ms"] != first


def test_comparing_what_cannot_be_built_is_one_line(own: str, tmp_path: Path) -> None:
    command = ["compare", *SHORT, f"mechanism=softmax,{own}", "mechanism.Own.birth=exit"]
    done = regard(*command, "--out", tmp_path / "out")
    assert done.returncode != 0
    assert "fails on two samples of the task. Its process ended by itself with status 0." in done.stderr


def test_checking_what_cannot_be_built_is_one_line(own: str) -> None:
    done = regard("check", own, "birth=exit")
    assert done.returncode != 0
    assert "error: Own cannot be built. Its process ended by itself with status 0." in done.stderr


@pytest.mark.parametrize(
    ("how", "reason"),
    [("birth=exit", "ended by itself with status 0"), ("birth=raise", "ValueError: not this way")],
)
def test_asking_what_it_is_is_one_line(own: str, how: str, reason: str) -> None:
    done = regard("mechanisms", own, how)
    assert done.returncode != 0
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert reason in line
