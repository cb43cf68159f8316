"""What a terminal, a pipe or a log gets to see, whatever users and their mechanisms print."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

TINY = ["model.layers=1", "model.features=8", "model.heads=2", "model.hidden=8", "training.steps=6"]
DIGITS = ["task=digits", "training.epochs=1", *TINY]

LOUD = """
import ctypes, os
from regard.mechanisms.softmax import Softmax

class Loud(Softmax):
    '''Prints in every way.'''
    def forward(self, streams, mask):
        print("loud in Python", flush=True)
        ctypes.CDLL(None).puts(b"loud in C")
        os.write(1, b"loud at the descriptor\\n")
        return super().forward(streams, mask)
"""

BRACKETS = """
from regard.mechanisms.softmax import Softmax

class Brackets(Softmax):
    '''Fails in training.'''
    def forward(self, streams, mask):
        if self.training:
            raise ValueError("shapes [batch heads n d] do not fit [/] \\x1b[2J")
        return super().forward(streams, mask)
"""

SLOW = """
import time
from regard.mechanisms.softmax import Softmax

class Slow(Softmax):
    '''Takes its time.'''
    def forward(self, streams, mask):
        time.sleep(0.05)
        return super().forward(streams, mask)
"""


def regard(*arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "regard", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, check=False, cwd=cwd, timeout=240, env=os.environ | environment
    )


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A folder with mechanisms of one's own."""
    for name, text in (("loud", LOUD), ("brackets", BRACKETS), ("slow", SLOW)):
        (tmp_path / f"{name}.py").write_text(text)
    return tmp_path


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1:strict"])
def test_letters_that_an_encoding_lacks_are_replaced(encoding, tmp_path):
    done = regard("mechanisms", cwd=tmp_path, PYTHONIOENCODING=encoding, COLUMNS="200")

    text = done.stdout.decode(encoding.partition(":")[0])
    assert done.returncode == 0
    assert done.stderr == b""
    assert "softmax" in text
    assert "every allowed position" in text or "allowed" in text


def test_a_folder_whose_name_is_no_text_is_worked_in(tmp_path):
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/b\xff")
    done = regard("train", *DIGITS, "--out", folder, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert b"/b" in done.stdout


@pytest.mark.parametrize("arguments", [["mechanisms"], ["mechanisms", "--json"], ["--help"]], ids=" ".join)
def test_a_reader_who_goes_away_ends_a_command_quietly(arguments, tmp_path):
    command = [sys.executable, "-m", "regard", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path) as process:
        process.stdout.close()

        assert process.stderr.read() == b""
        assert process.wait(60) in (1, 141)


def test_json_stands_alone_whatever_a_mechanism_prints(lab):
    done = regard("train", *DIGITS, "mechanism=loud.py:Loud", "--json", cwd=lab)

    assert json.loads(done.stdout)["mechanism"] == "Loud"
    for way in (b"loud in Python", b"loud in C", b"loud at the descriptor"):
        assert way in done.stderr


def test_json_of_a_comparison_stands_alone_though_its_workers_print(lab):
    mechanisms = "mechanism=softmax,loud.py:Loud"
    done = regard("compare", *DIGITS, mechanisms, "seeds=3", "grid=[1e-2]", "--json", cwd=lab)

    assert done.returncode == 0, done.stderr
    assert [row["label"] for row in json.loads(done.stdout)["rows"]] == ["softmax", "Loud"]
    assert b"loud in C" in done.stderr


def test_errors_keep_their_brackets_and_steer_no_terminal(lab):
    failing = ["train", *DIGITS, "mechanism=brackets.py:Brackets"]
    done = regard(*failing, "--seeds", 2, cwd=lab)

    last = done.stderr.decode().splitlines()[-1]
    runs = [path.name for path in (lab / "out" / "runs").iterdir()]
    assert done.returncode == 1
    assert "shapes [batch heads n d] do not fit [/]" in last
    assert b"\x1b" not in done.stderr + done.stdout
    assert last.startswith("error: 2 runs failed") and "log.txt" in last
    assert all(run in last for run in runs)
    assert done.stdout.count(b": failed after 0 steps") == 2

    done = regard(*failing, "--json", cwd=lab)
    assert (done.returncode, json.loads(done.stdout)["outcome"]) == (1, "failed")


def test_results_are_printed_though_no_picture_can_be_drawn(tmp_path):
    (tmp_path / "matplotlibrc").write_bytes(b"\xff\xfe")
    done = regard("train", *DIGITS, "--test", "--json", cwd=tmp_path)
    found = json.loads(done.stdout)

    assert done.returncode == 0, done.stderr
    assert found["test"] is not None
    assert b"could not be drawn" in done.stderr
    assert b"Traceback" not in done.stderr

    (tmp_path / "matplotlibrc").unlink()
    backend = "module://matplotlib_inline.backend_inline"
    regard("train", *DIGITS, "--test", cwd=tmp_path, MPLBACKEND=backend)
    assert (tmp_path / found["folder"] / "confusion.png").exists()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_command_says_that_it_goes_on_and_does(lab, number, status):
    slow = ["train", "task=digits", *TINY[:-1], "training.steps=200", "mechanism=slow.py:Slow"]
    command = [sys.executable, "-m", "regard", *slow, "--follow", "lines"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=lab) as process:
        for line in process.stderr:
            if "train/loss" in line:
                break
        process.send_signal(number)
        errors = process.stderr.read()

    assert process.returncode == status
    assert errors.splitlines()[-1].startswith("Interrupted. The same command again goes on")
    assert "Traceback" not in errors
