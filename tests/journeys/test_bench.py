"""`regard bench` as a user gives it: from settings to tables, files, a page, and a short list."""

import csv
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from given_commands import regard

from regard.core.results import BenchmarkResult

TINY = ["heads=1", "key_features=8", "value_features=8", "rounds=2", "scales=1,4"]
COMMAND = ["bench", "mechanism=softmax,linear,nystrom,fourier", "lengths=16,64", *TINY]

OWN = """
import os, time
import torch
from regard import Cost, Mechanism, Traits

class Own(Mechanism):
    '''The values as they are, which ends or hangs at some length.'''

    traits = Traits(source="mine", time="n", memory="n", causal=True)

    def __init__(self, size, *, how: str = "well"):
        super().__init__(size)
        self.how = how

    def forward(self, streams, mask):
        if streams.v.shape[2] >= 32:
            if self.how == "ends":
                os._exit(3)
            if self.how == "hangs":
                time.sleep(600)
            if self.how == "raises":
                raise ValueError("no way\\nthrough")
        return streams.v + 0 * streams.q.sum(-1, keepdim=True) + 0 * streams.k.sum(-1, keepdim=True)

    def cost(self, n, m, mask=None):
        return Cost(matmul_flops=0, other_flops=n, state_numbers=0)
"""


def read(folder: Path) -> BenchmarkResult:
    return BenchmarkResult.read(folder)


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("bench") / "out"
    done = regard(*COMMAND, "--out", folder)
    assert done.returncode == 0, done.stderr
    (folder / "said.txt").write_text(done.stdout)
    return folder


def test_everything_is_measured_beside_both_forms_of_softmax(project):
    result = read(project)

    assert result.complete
    assert [row.label for row in result.rows] == ["softmax", "softmax[plain]", "fourier", "linear", "nystrom"]
    assert result.shapes == ((False, 16), (False, 64), (True, 16), (True, 64))
    for row in result.rows:
        for cell in row.cells:
            declared = row.traits["causal"] or not cell.causal
            assert (cell.why is None) == declared
            if declared:
                assert cell.forward.low_ms <= cell.forward.lower_ms <= cell.forward.median_ms
                assert cell.forward.median_ms <= cell.forward.upper_ms <= cell.forward.high_ms
                assert cell.training and cell.training_bytes > cell.forward_bytes > 0
                assert bool(cell.step) == bool(cell.state_bytes) == (cell.causal and row.traits["streaming"])


def test_what_does_not_declare_the_mask_says_why(project):
    cell = read(project).row("fourier").cell((True, 64))

    assert "does not support the mask's part 'causal'" in cell.why
    assert cell.forward is cell.flops is None


def test_errors_stand_beside_that_of_the_mean_of_the_values(project):
    result = read(project)

    for label, error in (("softmax", 1e-5), ("softmax[plain]", 1e-5), ("nystrom", 2.0)):
        near = result.row(label).cell((False, 64)).nearness
        assert [each.scale for each in near] == [1, 4]
        assert all(each.error < error and 0.1 < each.mean_error < 2 for each in near)
    assert result.row("linear").cell((False, 64)).nearness == ()


def test_the_terminal_shows_a_table_per_length_and_what_to_use(project):
    said = (project / "said.txt").read_text()

    for title in ("16 positions, not causal", "64 positions, causal", "mean(v)", "Not measured: fourier"):
        assert title in said
    assert "64 positions, causal: forward " in said
    assert "Not advised, as they mix by position alone: fourier." in said


def test_the_csv_has_a_line_per_cell(project):
    path = next((project / "benchmarks").glob("*.csv"))
    lines = list(csv.DictReader(path.read_text("utf-8").splitlines()))

    assert len(lines) == 5 * 4
    assert float(lines[0]["forward_median_ms"]) > 0
    assert lines[-1]["missing"].startswith("nystrom does not support")


def test_the_same_command_again_measures_nothing(project):
    path = next((project / "benchmarks").glob("*.json"))
    before = path.read_text("utf-8")

    done = regard(*COMMAND, "--json", "--out", project)

    assert json.loads(done.stdout) == json.loads(before) == json.loads(path.read_text("utf-8"))


def test_the_page_of_a_benchmark_alone_opens_the_question_of_costs(project):
    done = regard("report", project, "--json")
    page = Path(json.loads(done.stdout)["report"]).read_text("utf-8")

    assert done.returncode == 0, done.stderr
    for words in (
        "What attention costs",
        "What to use at which length",
        "Time by length",
        "How near to softmax",
    ):
        assert words in page
    assert "could not be drawn" not in page


def test_a_budget_of_time_is_answered_with_a_short_list(tmp_path):
    asked = ["bench", "mechanism=linear,fourier,performer", "mechanism.performer.features=8,32", *TINY]
    command = [*asked, "--length", 16, "--causal", "--out", tmp_path / "out"]

    within, beyond = (regard(*command, "--budget", budget) for budget in ("100s", "1us"))

    assert within.returncode == beyond.returncode == 0, within.stderr + beyond.stderr
    assert "None is beyond the budget." in within.stdout
    for label in ("performer(features=8)", "performer(features=32)", "softmax[plain]", "linear"):
        assert label in within.stdout
    assert "Beyond: " in beyond.stdout
    assert "Not measured: fourier" in beyond.stdout


@pytest.mark.long
def test_a_mechanism_that_ends_its_process_hangs_or_raises_costs_its_own_cells_alone(tmp_path):
    (tmp_path / "own.py").write_text(OWN)
    command = ["bench", "mechanism=own.py:Own", "mechanism.how=well,ends,hangs,raises", "lengths=16,32,64"]

    done = regard(*command, "causal=true", *TINY, "--timeout", 5, "--out", "out", "--json", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    rows = {row["label"]: row["cells"] for row in json.loads(done.stdout)["rows"]}
    assert all(cell["forward"] and cell["training"] for cell in [*rows["softmax"], *rows["Own"]])
    for how, words in (
        ("ends", "status 3"),
        ("hangs", "time limit"),
        ("raises", "ValueError: no way through"),
    ):
        short, long, longer = rows[f"Own(how={how})"]
        assert short["forward"]
        assert words in long["missing"]["forward"]
        again = "Not tried, as at length 32: " if how != "raises" else "ValueError"
        assert longer["missing"]["forward"].startswith(again)


def test_what_would_take_too_long_or_too_much_memory_is_left_out_with_its_reason(tmp_path):
    command = ["bench", "mechanism=softmax", "lengths=64,256", "causal=false", *TINY, "--json"]

    slow = regard(*command, "--seconds", 1e-6, "--out", tmp_path / "slow")
    large = regard(*command, "--memory", 1e-4, "--out", tmp_path / "large")

    first, second = json.loads(slow.stdout)["rows"][1]["cells"]
    assert "and the limit is" in first["missing"]["forward"]
    assert second["missing"]["forward"].startswith("It would take about ")
    short, long = json.loads(large.stdout)["rows"][1]["cells"]
    assert short["forward"] and "KiB, and the limit is" in long["missing"]["forward_bytes"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lenghts=16"], ["no setting 'lenghts'", "lengths"]),
        (["mechanism=softmax", "lengths=1"], ["lengths must be at least 2"]),
        (["mechanism=softmax", "lengths=a"], ["lengths cannot hold 'a'", "whole numbers"]),
        (["mechanism=softmax", "dtype=float8"], ["dtype cannot be 'float8'"]),
        (["mechanism=sofmax"], ["no mechanism called 'sofmax'", "softmax"]),
        (["mechanism=[softmax,linear]"], ["one by one"]),
        (["--budget", "10"], ["A budget is a time such as 10ms"]),
        (["mechanism=softmax", "--device", "cuda:7"], ["cuda:7"]),
        (["mechanism=softmax", "--seconds", "0"], ["seconds must be above 0"]),
    ],
)
def test_what_is_wrong_is_refused_in_one_line(tmp_path, arguments, words):
    done = regard("bench", *TINY, *arguments, "--out", tmp_path / "out")

    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert (done.returncode, len(lines)) == (2, 1), done.stderr
    assert [word for word in words if word not in lines[0]] == [], lines[0]


@pytest.mark.long
def test_an_interrupted_benchmark_keeps_what_is_measured_and_goes_on(tmp_path):
    command = ["bench", "mechanism=linear,local", "lengths=16,64", "causal=true", *TINY, "rounds=4"]
    process = subprocess.Popen(
        [sys.executable, "-m", "regard", *command, "--out", str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    folder = tmp_path / "out" / "benchmarks"
    deadline = time.monotonic() + 120
    while not (folder.is_dir() and list(folder.glob("*.json"))) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert "The same command again goes on where it was" in told

    kept = read(tmp_path / "out")
    assert not kept.complete
    assert [cell.length for cell in kept.rows[0].cells] == [16]
    assert (
        "interrupted"
        in Path(json.loads(regard("report", tmp_path / "out", "--json").stdout)["report"]).read_text()
    )

    done = regard(*command, "--out", tmp_path / "out")

    assert done.returncode == 0, done.stderr
    whole = read(tmp_path / "out")
    assert whole.complete
    assert whole.rows[0].cells[0] == kept.rows[0].cells[0]
