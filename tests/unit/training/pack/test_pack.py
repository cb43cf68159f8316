"""Several seeds at once: each as if alone."""

import threading
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import pytest
import torch
from tiny_task import Reverse
from training_runs import MODEL, REVERSE, STRIPES, described

from regard.core import files
from regard.core.catalog import Catalog
from regard.core.errors import InvalidOption
from regard.core.run_files import LAST
from regard.core.settings import ModelSettings, TrainingSettings
from regard.core.spec import Spec
from regard.training import fit, fit_packed, load
from regard.training.checkpoints.checkpoint import read
from regard.training.loop import pace
from regard.training.pack.gain import packing_gain
from regard.training.pack.pack import Pack

SEEDS = 3


def runs_of(**changes):
    """40 steps in 10 epochs."""
    run = described(model=replace(MODEL, dropout=0.0), epochs=10, rate=1e-3)
    run = replace(run, **changes)
    return [replace(run, seed=seed) for seed in range(SEEDS)]


def curve(measurements):
    return [(m.step, m.name, m.value) for m in measurements if m.step and not m.name.startswith("time/")]


def alone(runs, folders=(None,) * SEEDS):
    return {run.digest: curve(fit(run, folder, "cpu")) for run, folder in zip(runs, folders, strict=True)}


def together(runs, folders=(None,) * SEEDS):
    found = {run.digest: [] for run in runs}
    for run, measurement in fit_packed(runs, folders, "cpu"):
        found[run.digest].append(measurement)
    return {digest: curve(measurements) for digest, measurements in found.items()}


def assert_same(first, second):
    assert first.keys() == second.keys()
    for digest in first:
        assert [point[:2] for point in first[digest]] == [point[:2] for point in second[digest]]
        for one, other in zip(first[digest], second[digest], strict=True):
            assert one[2] == pytest.approx(other[2], rel=1e-4, abs=1e-4), one


@pytest.mark.parametrize("mechanism", ["softmax", "linear", "delta", "performer", "local", "gated"])
def test_each_seed_comes_out_as_if_alone(mechanism):
    runs = runs_of(mechanisms=(Spec(mechanism),))
    assert_same(alone(runs), together(runs))


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": Spec.of("sgd", rate=0.05, momentum=0.9, weight_decay=0.1)},
        {"optimizer": Spec.of("adamw", rate=0.01, clip=0.05, weight_decay=0.5)},
        {"objective": Spec.of("cross_entropy", label_smoothing=0.3)},
    ],
    ids=["momentum", "clipping and decay", "smoothing"],
)
def test_each_seed_is_trained_by_the_same_objective_and_optimizer(changes):
    runs = runs_of(**changes)
    assert_same(alone(runs), together(runs))


def test_the_models_compute_what_those_trained_alone_compute(tmp_path):
    """Their weights may differ where no output depends on them: the bias of keys under softmax."""
    runs = runs_of()
    homes = {kind: [tmp_path / kind / run.digest for run in runs] for kind in ("one", "all")}
    alone(runs, homes["one"])
    together(runs, homes["all"])
    inputs = Reverse().split("validation").inputs
    for one, packed in zip(homes["one"], homes["all"], strict=True):
        torch.testing.assert_close(load(packed)(inputs), load(one)(inputs), atol=1e-3, rtol=0)


def test_what_a_pack_leaves_can_be_ended_alone_and_the_other_way_round(tmp_path, monkeypatch):
    monkeypatch.setattr("regard.training.checkpoints.run_folder.RunFolder.has_time", True)
    runs = runs_of()
    for begin, end in ((together, alone), (alone, together)):
        homes = [tmp_path / begin.__name__ / run.digest for run in runs]
        stop_at = partial(interrupted, step=20)
        if begin is together:
            stop_at(fit_packed(runs, homes, "cpu"))
        else:
            for run, home in zip(runs, homes, strict=True):
                stop_at((run, measurement) for measurement in fit(run, home, "cpu"))
        steps = {
            read(home / LAST, run.digest).rest["loop"]["step"] for home, run in zip(homes, runs, strict=True)
        }
        assert len(steps) == 1
        assert steps < set(range(1, 40))
        rest = end(runs, homes)
        whole = alone(runs)
        for digest, points in rest.items():
            assert points, digest
            expected = [point for point in whole[digest] if point[0] >= points[0][0]]
            assert_same({digest: expected}, {digest: points})


class Killed(BaseException):
    """As sudden as a signal: nothing in regard catches it."""


def mortal(change, lives):
    """A way to change files that kills its process once it has been used so often."""

    def changed(*given):
        if not lives:
            raise Killed
        lives.pop()
        change(*given)

    return changed


def test_a_pack_that_is_killed_between_any_two_writings_goes_on_bit_for_bit(tmp_path, monkeypatch):
    monkeypatch.setattr("regard.training.checkpoints.run_folder.RunFolder.has_time", True)
    runs = runs_of()
    runs = [replace(run, training=replace(run.training, patience=1)) for run in runs]
    whole = together(runs, [tmp_path / "whole" / run.digest for run in runs])
    assert len({points[-1][0] for points in whole.values()}) > 1
    for lives in (7, 9, 14, 19, 28, 45):
        homes = [tmp_path / str(lives) / run.digest for run in runs]
        found = {run.digest: [] for run in runs}
        left = [None] * lives
        with monkeypatch.context() as plan:
            plan.setattr(files, "write", mortal(files.write, left))
            plan.setattr(files, "move", mortal(files.move, left))
            with pytest.raises(Killed):
                for run, measurement in fit_packed(runs, homes, "cpu"):
                    found[run.digest] += curve([measurement])
        rest = together(runs, homes)
        for digest, points in whole.items():
            assert set(found[digest]) | set(rest[digest]) == set(points), lives
        assert not [file for home in homes for file in home.glob("next*")]


def interrupted(measurements, step):
    for _, measurement in measurements:
        if measurement.step > step:
            return


def test_a_seed_that_diverges_leaves_the_others_alone(monkeypatch):
    runs = runs_of()
    expected = alone(runs)
    whole = Pack.train

    def poisoned(pack, steps, pace):
        if steps[0] > 10:
            for parameter in pack.problem.parameters.values():
                parameter[1] = float("nan")
        return whole(pack, steps, pace)

    monkeypatch.setattr(Pack, "train", poisoned)
    found = together(runs)
    assert found[runs[1].digest][-1][1] == "diverged"
    for run in (runs[0], runs[2]):
        assert_same({"": expected[run.digest]}, {"": found[run.digest]})


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"model": ModelSettings(dropout=0.1)}, "dropout"),
        ({"optimizer": Spec.of("adamw", schedule="plateau")}, "plateau"),
        ({"training": TrainingSettings(scheduled_sampling=0.5)}, "scheduled_sampling"),
        ({"training": TrainingSettings(precision="bf16-mixed")}, "bf16-mixed"),
    ],
)
def test_what_cannot_be_packed_is_refused_in_one_line(changes, word):
    run = replace(described(model=replace(MODEL, dropout=0.0)), **changes)
    runs = [replace(run, seed=seed) for seed in range(2)]
    with pytest.raises(InvalidOption, match=rf"cannot be trained at once: .*{word}.* Use --at-once 1\.$"):
        next(fit_packed(runs, [None] * 2, "cpu"))


def test_what_cannot_be_batched_over_seeds_is_found_before_anything_is_measured():
    runs = runs_of(mechanisms=(Spec("entmax"),))
    with pytest.raises(RuntimeError, match=r"vmap|functorch"):
        next(fit_packed(runs, [None] * SEEDS, "cpu"))


def test_seeds_that_do_not_stand_at_the_same_step_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("regard.training.checkpoints.run_folder.RunFolder.has_time", True)
    runs = runs_of()
    homes = [tmp_path / run.digest for run in runs]
    interrupted(((runs[1], measurement) for measurement in fit(runs[1], homes[1], "cpu")), step=20)
    with pytest.raises(InvalidOption, match=r"different steps \(0, 20\) go on one by one"):
        next(fit_packed(runs, homes, "cpu"))


def test_seeds_share_one_task_and_its_samples(monkeypatch):
    built, whole = [], Catalog("task", "regard.tasks").find(REVERSE).__init__
    task = Catalog("task", "regard.tasks").find(REVERSE)
    monkeypatch.setattr(task, "__init__", lambda self: built.append(self) or whole(self))
    together(runs_of())
    packing_gain(runs_of(), "cpu")
    assert len(built) == 2


def test_no_thread_stays_when_a_pack_is_given_up():
    pack = fit_packed(runs_of(task=Spec(STRIPES)), [None] * SEEDS, "cpu")
    assert [next(pack)[1].name for _ in range(SEEDS + 1)][-1] == "train/loss"
    pack.close()
    assert [thread for thread in threading.enumerate() if thread.name.startswith("batches")] == []


def test_each_seed_has_its_share_of_the_time_of_those_that_go_on(monkeypatch):
    whole = Pack.train
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(pace, "time", SimpleNamespace(perf_counter=lambda: clock.now))

    def slow(pack, steps, pace):
        if steps[0] > 10:
            for parameter in pack.problem.parameters.values():
                parameter[0] = float("nan")  # the first seed ends here
        clock.now += 0.06 * len(steps)
        return whole(pack, steps, pace)

    monkeypatch.setattr(Pack, "train", slow)
    found = {}
    for run, m in fit_packed(runs_of(), [None] * SEEDS, "cpu"):
        found[run.seed, m.name, m.step] = m.value
    for seed in (1, 2):
        steps = {step: found[seed, "time/step_seconds", step] for step in (4, 8, 20, 40)}
        assert steps == pytest.approx({4: 0.02, 8: 0.02, 20: 0.03, 40: 0.03})
        examples = found[seed, "time/examples_per_second", 40]
        assert examples == pytest.approx(runs_of()[0].training.batch / steps[40])
    assert (0, "time/step_seconds", 20) not in found


def test_the_gain_is_a_ratio_and_leaves_the_callers_randomness_alone():
    before = torch.get_rng_state()
    assert 0.05 < packing_gain(runs_of(), "cpu") < 50
    assert torch.equal(torch.get_rng_state(), before)
