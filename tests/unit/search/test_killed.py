"""A search that is killed with SIGKILL and given again ends with the very front of one that was not."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

TINY = [str(Path(__file__).parents[2] / "support" / "tiny_search.py")]

REAL = [
    *("-m", "regard", "search", "run", "proxies=recall.proxy", "evaluations=6", "strategy.population=3"),
    *("early=40", "repeats=1", "qualify=2", "--out"),
]


def searching(command: list[str], folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *command, str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def scores(folder: Path) -> int:
    """How many trainings the ledger knows."""
    try:
        with sqlite3.connect(f"file:{folder / 'search.sqlite'}?mode=ro", uri=True) as ledger:
            return int(ledger.execute("SELECT count(*) FROM scores").fetchone()[0])
    except sqlite3.OperationalError:  # there is no table yet
        return 0


def kill_after(command: list[str], folder: Path, more: int) -> None:
    """Give the command, and kill it when it has ended so many trainings more."""
    known = scores(folder)
    process = searching(command, folder)
    deadline = time.monotonic() + 120
    while scores(folder) < known + more:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert scores(folder) >= known + more


@pytest.mark.parametrize(
    ("command", "kills"),
    [
        pytest.param(TINY, [4, 5], id="tiny"),
        pytest.param(REAL, [4, 8, 3], id="real", marks=pytest.mark.long),
    ],
)
def test_the_front_is_the_same_to_the_byte(tmp_path, command, kills) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert searching(command, whole).wait(300) == 0
    for more in kills:
        kill_after(command, parts, more)
    before = scores(parts)
    assert searching(command, parts).wait(300) == 0
    assert (parts / "front.json").read_bytes() == (whole / "front.json").read_bytes()
    assert before < scores(parts) == scores(whole)  # nothing is trained twice, and nothing left out
