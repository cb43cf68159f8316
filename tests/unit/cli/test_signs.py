"""Where no terminal shows bars, lines come now and then, whatever takes long."""

import io
import time

import pytest

from regard.cli import console, signs
from regard.cli.bars import RunBars
from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.core.spec import Spec


@pytest.fixture
def written(monkeypatch):
    """What goes to standard error, which is no terminal here."""
    file = io.StringIO()
    monkeypatch.setattr(console.messages, "_file", file)
    monkeypatch.setattr(signs, "FIRST_SECONDS", 0.05)
    return file


def wait_for(written, words):
    for _ in range(200):
        if words in written.getvalue():
            return
        time.sleep(0.02)
    raise AssertionError(f"{words!r} is not in {written.getvalue()!r}")


def test_lines_say_what_is_done_and_how_long_it_will_take(written):
    with signs.progress() as bars:
        task = bars.add_task("digits [one]", total=40, note="")
        for step in range(1, 30):
            bars.update(task, completed=step, note=f"step {step}")
            time.sleep(0.01)
        wait_for(written, "left")

    line = written.getvalue().splitlines()[-1]
    assert line.startswith("digits [one]: ")
    assert " of 40, " in line and " so far, about " in line and "(step " in line


def test_lines_come_though_nothing_reports(written):
    with signs.working("Measuring costs"):
        wait_for(written, "Measuring costs: 0 s so far.")
    with signs.progress():
        wait_for(written, "Still at work, 0 s so far.")


def test_what_is_quick_says_nothing(written, monkeypatch):
    monkeypatch.setattr(signs, "FIRST_SECONDS", 30.0)
    with signs.working("Reading"):
        pass

    assert written.getvalue() == ""


def test_of_several_runs_it_is_said_which_one_is_under_way(written):
    runs = [Run(task=Spec("digits"), mechanisms=(Spec("softmax"),), seed=seed) for seed in range(3)]
    with signs.progress() as bars:
        several = RunBars(bars, runs)
        several.read(runs[1], Measurement(0, "train/total_steps", 8.0))
        alone = RunBars(bars, runs[:1])
        alone.read(runs[0], Measurement(0, "train/total_steps", 8.0))

        names = [task.description for task in bars.tasks]
    assert names == ["digits softmax seed 1 (2 of 3)", "digits softmax seed 0"]
