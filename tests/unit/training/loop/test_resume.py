"""However a training ends, the next call goes on on the same curve, bit for bit."""

import functools
import itertools
import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import training_runs
from training_runs import EVERYTHING, STRIPES, a_disk_of, as_curve, curve, described, taken

import regard
from regard.core import files
from regard.core.errors import Corrupt, Unwritable
from regard.core.measurement import Measurement
from regard.training import fit, load
from regard.training.checkpoints import checkpoint, run_folder
from regard.training.loop.standing import Standing
from regard.training.parts.batches import Batches
from regard.training.parts.scheduled_sampling import ScheduledSampling
from regard.training.parts.trainer import Trainer

RUNS = {
    "everything": described(**EVERYTHING),
    "images": described(STRIPES, epochs=3, evaluate_every=3),
    "plateau": described(epochs=8, schedule="plateau", rate=1e-7, evaluate_every=2, warmup=0),
    "patience": described(epochs=10, rate=1e-3, evaluate_every=2, patience=4),
    "mixed": described(precision="bf16-mixed", evaluate_every=3),
    "double": described(precision="64-true", evaluate_every=3),
}


@pytest.fixture(autouse=True)
def always_written(monkeypatch):
    """A checkpoint at every stop, whatever the time."""
    monkeypatch.setattr(run_folder, "WRITING_SHARE", math.inf)


@functools.cache
def undisturbed_curve(name):
    return curve(RUNS[name])


def goes_on_exactly(run, folder, after, whole=None):
    """The resume law: killed after some measurements and started again, both parts make up the whole curve.

    The process in which it goes on has drawn other random numbers before.
    """
    torch.manual_seed(1)
    whole = whole or curve(run)
    torch.manual_seed(2)
    first = as_curve(taken(fit(run, folder, device="cpu"), after))
    torch.manual_seed(3)
    second = curve(run, folder)

    assert first | second == whole
    assert second | first == whole
    assert len(second) < len(whole) or after <= 10


@pytest.mark.parametrize("name", RUNS)
def test_a_training_goes_on_exactly(name, tmp_path):
    goes_on_exactly(RUNS[name], tmp_path, 18)


@pytest.mark.parametrize("after", range(1, 50, 3))
def test_it_does_so_wherever_it_was_stopped(after, tmp_path):
    goes_on_exactly(RUNS["everything"], tmp_path, after, undisturbed_curve("everything"))


def test_many_interruptions_are_as_good_as_one(tmp_path):
    run, found = RUNS["everything"], {}
    while part := as_curve(taken(fit(run, tmp_path, device="cpu"), 11)):
        assert not part.keys() <= found.keys(), "it no longer gets on"
        found |= part

    assert found == undisturbed_curve("everything")


def forgets(*parts):
    """Plants a fault: what is restored lacks a part."""
    restore = Trainer.restore

    def faulty(self, saved):
        fresh = self.checkpoint(Standing())
        rest = saved.rest | {part: fresh.rest[part] for part in parts if part != "weights"}
        weights = fresh.weights if "weights" in parts else saved.weights
        return restore(self, checkpoint.Checkpoint(saved.run, weights, rest))

    return faulty


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("everything", "weights"),
        ("everything", "update"),
        ("plateau", "update"),
        ("patience", "loop"),
        ("images", "ledger"),
    ],
)
def test_the_resume_law_bites_when_something_is_forgotten(name, part, tmp_path, monkeypatch):
    monkeypatch.setattr(Trainer, "restore", forgets(part))
    with pytest.raises((AssertionError, Corrupt)):
        goes_on_exactly(RUNS[name], tmp_path, 30)


def test_the_resume_law_bites_when_the_order_of_the_data_is_not_a_function_of_the_step(tmp_path, monkeypatch):
    calls, at = [0], Batches.at

    def faulty(self, step):
        calls[0] += 1
        return at(self, calls[0] % 25 + 1)

    monkeypatch.setattr(Batches, "at", faulty)
    with pytest.raises(AssertionError):
        goes_on_exactly(RUNS["everything"], tmp_path, 18)


def test_the_resume_law_bites_when_dropout_is_not_a_function_of_the_step(tmp_path, monkeypatch):
    monkeypatch.setattr("regard.core.randomness.torch.default_generator", Careless())
    with pytest.raises(AssertionError):
        goes_on_exactly(RUNS["everything"], tmp_path, 18)


class Careless:
    """A generator that cannot be seeded."""

    def manual_seed(self, seed):
        pass


def test_the_resume_law_bites_when_scheduled_sampling_is_not_a_function_of_the_step(tmp_path, monkeypatch):
    calls, inputs = [0], ScheduledSampling.inputs

    def faulty(self, model, batch, step):
        calls[0] += 1
        return inputs(self, model, batch, calls[0] % 25 + 1)

    monkeypatch.setattr(ScheduledSampling, "inputs", faulty)
    with pytest.raises(AssertionError):
        goes_on_exactly(RUNS["everything"], tmp_path, 18)


class Killed(BaseException):
    """As sudden as a signal: nothing in regard catches it."""


def test_a_kill_between_any_two_writings_loses_nothing(tmp_path, monkeypatch):
    run, write, whole = RUNS["everything"], files.write, undisturbed_curve("everything")
    for survived in range(8):
        written, found = [0], {}

        def mortal(path, content, written=written, survived=survived):
            if written[0] == survived:
                raise Killed
            written[0] += 1
            write(path, content)

        folder = tmp_path / str(survived)
        monkeypatch.setattr(files, "write", mortal)
        with pytest.raises(Killed):
            for measurement in fit(run, folder, device="cpu"):
                found |= as_curve([measurement])
        monkeypatch.setattr(files, "write", write)

        assert found | curve(run, folder) == whole
        assert load(folder)


def started(folder):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(regard.__file__).parents[1])}
    command = [sys.executable, str(Path(training_runs.__file__).with_name("killed_run.py")), str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def as_read(lines):
    rows = (line.split() for line in lines)
    return as_curve(Measurement(int(step), name, float.fromhex(value)) for step, name, value in rows)


def test_a_process_killed_with_signal_9_loses_nothing(tmp_path):
    found, whole = {}, undisturbed_curve("everything")
    for lines in (12, 20):
        with started(tmp_path / "killed") as process:
            found |= as_read(process.stdout.readline() for _ in range(lines))
            process.send_signal(signal.SIGKILL)
            # what was in the pipe had been handed over, so it counts
            found |= as_read(line for line in process.stdout if line.endswith("\n"))
        assert process.returncode == -signal.SIGKILL
        assert len(found) < len(whole)
    with started(tmp_path / "killed") as process:
        found |= as_read(process.stdout)

    assert found == whole
    assert process.returncode == 0


def test_a_disk_that_fills_up_loses_nothing(tmp_path):
    run, found = RUNS["everything"], {}
    training = fit(run, tmp_path, device="cpu")
    found |= as_curve(next(training) for _ in range(9))
    with a_disk_of(4000), pytest.raises(Unwritable, match="Free some space"):
        for measurement in training:
            found |= as_curve([measurement])

    assert found.keys() < undisturbed_curve("everything").keys()
    assert found | curve(run, tmp_path) == undisturbed_curve("everything")


def test_two_trainings_of_one_run_in_one_folder_do_not_disturb_each_other(tmp_path):
    run, whole = RUNS["everything"], undisturbed_curve("everything")
    first, second = (fit(run, tmp_path, device="cpu") for _ in range(2))
    turns = list(itertools.zip_longest(first, second))

    for side in zip(*turns, strict=True):
        assert as_curve(m for m in side if m is not None) == whole
    assert list(fit(run, tmp_path, device="cpu")) == []
    assert load(tmp_path)


def test_the_pace_of_writing_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(run_folder, "WRITING_SHARE", 1e-12)

    goes_on_exactly(RUNS["everything"], tmp_path, 18)


def test_a_corrupt_checkpoint_is_refused_and_kept(tmp_path):
    run = RUNS["everything"]
    taken(fit(run, tmp_path, device="cpu"), 18)
    path = tmp_path / "last.safetensors"
    damaged = path.read_bytes()[:-1]
    path.write_bytes(damaged)

    with pytest.raises(Corrupt, match=r"last.safetensors cannot be read.*Remove the run's folder"):
        next(fit(run, tmp_path, device="cpu"))
    assert path.read_bytes() == damaged


@pytest.mark.parametrize("part", ["update", "ledger", "precision", "loop"])
def test_a_checkpoint_without_one_of_its_parts_is_corrupt(part, tmp_path):
    run = RUNS["everything"]
    taken(fit(run, tmp_path, device="cpu"), 18)
    path = tmp_path / "last.safetensors"
    saved = checkpoint.read(path, run.digest)
    rest = {key: value for key, value in saved.rest.items() if key != part}
    checkpoint.write(path, checkpoint.Checkpoint(run.digest, saved.weights, rest))

    with pytest.raises(Corrupt):
        next(fit(run, tmp_path, device="cpu"))


def test_a_checkpoint_of_another_model_is_corrupt_in_one_line(tmp_path):
    run = RUNS["everything"]
    taken(fit(run, tmp_path, device="cpu"), 18)
    path = tmp_path / "last.safetensors"
    saved = checkpoint.read(path, run.digest)
    checkpoint.write(path, checkpoint.Checkpoint(run.digest, {}, saved.rest))

    with pytest.raises(Corrupt, match="does not fit") as caught:
        next(fit(run, tmp_path, device="cpu"))
    assert "\n" not in str(caught.value)
