import dataclasses
import math
import sys
import threading
import warnings

import pytest
import torch
from tiny_task import Reverse
from training_runs import EVERYTHING, MODEL, REVERSE, STRIPES, as_curve, curve, described, taken

from regard.core.catalog import Catalog
from regard.core.errors import InvalidOption, RegardError, UnknownName, Unwritable
from regard.core.measurement import Measurement
from regard.core.settings import ModelSettings
from regard.core.spec import Spec
from regard.training import fit, load
from regard.training.parts.trainer import Trainer

LEARNS = {"epochs": 40, "rate": 1e-2, "model": ModelSettings(layers=2, features=16, heads=2, hidden=32)}


def named(measurements, name):
    return [m.value for m in measurements if m.name == name]


def test_training_learns_the_task():
    found = list(fit(described(**LEARNS), device="cpu"))

    assert named(found, "validation/score")[-1] > 0.95
    assert named(found, "train/loss")[0] > 1.0
    assert named(found, "train/loss")[-1] < 0.3


def test_images_are_learned_too():
    found = list(fit(described(STRIPES, epochs=15), device="cpu"))

    assert named(found, "validation/score")[-1] > 0.9


@pytest.mark.parametrize("task", [REVERSE, STRIPES])
def test_the_names_and_steps_are_those_of_the_contract(task):
    found = list(fit(described(task, epochs=6, evaluate_every=6), device="cpu"))

    steps = {}
    for measurement in found:
        steps.setdefault(measurement.name, []).append(measurement.step)
    reports, evaluations = [6, 10, 12, 18, 20, 24], [6, 12, 18, 24]
    assert steps == {
        "train/total_steps": [0],
        "train/loss": reports,
        "train/rate": reports,
        "train/gradient_norm": reports,
        "validation/loss": evaluations,
        "validation/score": evaluations,
        "cost/forward_equivalents": evaluations,
        "time/step_seconds": evaluations,
        "time/examples_per_second": evaluations,
        "time/data_share": evaluations,
    }
    assert [m.step for m in found] == sorted(m.step for m in found)
    assert all(isinstance(m, Measurement) and math.isfinite(m.value) for m in found)


def test_the_same_run_gives_the_same_curve_whatever_the_callers_randomness():
    torch.manual_seed(1)
    first = curve(described(**EVERYTHING))
    torch.manual_seed(2)
    with warnings.catch_warnings():
        found = {}
        for measurement in fit(described(**EVERYTHING), device="cpu"):
            torch.rand(7)
            found |= as_curve([measurement])

    assert found == first


def test_another_seed_gives_another_curve():
    assert curve(described(seed=1)) != curve(described(seed=2))


def test_the_callers_randomness_is_never_disturbed():
    before = torch.get_rng_state()
    for _ in fit(described(**EVERYTHING), device="cpu"):
        assert torch.equal(torch.get_rng_state(), before)

    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    "more",
    [
        {"label_smoothing": 0.2},
        {"scheduled_sampling": 1.0},
        {"clip": 0.01},
        {"clip": None},
        {"warmup": 0.5},
        {"schedule": "constant"},
        {"precision": "bf16-mixed"},
        {"precision": "64-true"},
        {"ema": 0.9},
        {"batch": 11},
    ],
    ids=str,
)
def test_every_setting_changes_the_curve(more):
    assert curve(described(**{"clip": 0.5, "epochs": 3, **more})) != curve(described(clip=0.5, epochs=3))


def test_without_clipping_the_norm_is_reported_all_the_same():
    clipped, free = (list(fit(described(clip=clip, epochs=1), device="cpu")) for clip in (1e9, None))

    assert as_curve(clipped) == as_curve(free)


def test_the_norm_is_that_from_before_the_clipping():
    found = list(fit(described(clip=1e-3), device="cpu"))

    assert min(named(found, "train/gradient_norm")) > 0.01


def test_training_stops_early_when_the_score_no_longer_rises():
    found = list(fit(described(epochs=20, rate=0.0, patience=3), device="cpu"))

    assert found[-1] == Measurement(4 * 4, "stopped/early", 1.0)


def test_training_stops_once_the_target_is_reached():
    found = list(fit(described(target=0.5, **LEARNS), device="cpu"))

    scores = named(found, "validation/score")
    assert found[-1] == Measurement(found[-1].step, "stopped/target", 1.0)
    assert scores[-1] >= 0.5 > max(scores[:-1])


def test_a_run_that_diverges_says_so_at_the_end_and_raises_nothing(tmp_path):
    run = described(rate=1e30, epochs=20)
    found = list(fit(run, tmp_path, device="cpu"))

    assert found[-1].name == "diverged"
    assert found[-1].value == 1.0
    assert found[-1].step < found[0].value
    assert all(math.isfinite(m.value) for m in found)
    assert list(fit(run, tmp_path, device="cpu")) == []


def test_weights_that_only_the_evaluation_finds_infinite_have_diverged():
    # one step: its loss was taken before the weights exploded
    found = list(fit(described(rate=1e30, steps=1, warmup=0), device="cpu"))

    assert found[-1] == Measurement(1, "diverged", 1.0)
    assert not named(found, "validation/loss")


def test_the_test_split_is_never_read():
    with pytest.raises(AssertionError, match="the test split was read"):
        Reverse().split("test")

    curve(described(**EVERYTHING))


def test_a_finished_run_yields_nothing_and_builds_nothing(tmp_path, monkeypatch):
    run = described()
    assert curve(run, tmp_path)
    monkeypatch.setattr(Trainer, "of", None)

    assert list(fit(run, tmp_path, device="cpu")) == []


def test_nothing_is_written_without_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    curve(described())

    assert list(tmp_path.iterdir()) == []


def test_the_folder_holds_what_the_contract_says(tmp_path):
    curve(described(epochs=5, checkpoint_every=2), tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "best.safetensors",
        "epoch-0002.safetensors",
        "epoch-0004.safetensors",
        "interface.json",
        "last.safetensors",
        "log.txt",
        "run.json",
    ]


def test_kept_checkpoints_do_not_need_an_evaluation(tmp_path):
    curve(described(epochs=2, checkpoint_every=1, evaluate_every=8), tmp_path)

    assert load(tmp_path / "epoch-0001.safetensors")


def test_the_log_says_what_was_asked_and_measured_and_nothing_goes_to_the_console(tmp_path, capfd):
    run = described(precision="bf16-mixed")
    found = list(fit(run, tmp_path, device="cpu"))

    text = (tmp_path / "log.txt").read_text()
    captured = capfd.readouterr()
    assert f"run {run.digest}" in text
    assert '"precision": "bf16-mixed"' in text
    assert all(f"step {m.step}  {m.name} {m.value:.6g}" in text for m in found[1:])
    assert captured.out + captured.err == ""


@pytest.mark.filterwarnings("default")
def test_warnings_of_a_training_go_to_its_log(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(
        Reverse, "augment", lambda self, samples, rng: warnings.warn("odd data", stacklevel=1) or samples
    )
    # the class under the name by which runs know it
    monkeypatch.setattr(Catalog("task", "regard.tasks").find(REVERSE), "augment", Reverse.augment)
    curve(described(), tmp_path)

    assert (tmp_path / "log.txt").read_text().count("warning: UserWarning: odd data") == 1
    assert capfd.readouterr().err == ""


@pytest.mark.filterwarnings("default")
def test_positions_that_a_mechanism_does_not_keep_relative_are_told_once_in_the_log(tmp_path, capfd):
    model = dataclasses.replace(MODEL, layers=2, positions="rotary")
    curve(dataclasses.replace(described(model=model), mechanisms=(Spec("linear"),)), tmp_path)

    log = (tmp_path / "log.txt").read_text()
    assert log.count("warning: RegardWarning: linear does not keep rotary positions relative") == 1
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("precision", ["bf16-mixed", "64-true"])
def test_a_run_in_another_precision_can_be_loaded(tmp_path, precision):
    curve(described(precision=precision), tmp_path)

    assert load(tmp_path)(Reverse().split("validation").inputs).dtype == torch.float32


@pytest.mark.parametrize(("more", "steps"), [({"epochs": 3}, 12), ({"steps": 5}, 5)])
def test_the_steps_that_will_be_taken_are_said_first_even_when_it_goes_on(tmp_path, more, steps):
    first = Measurement(0, "train/total_steps", float(steps))
    begun = taken(fit(described(**more), tmp_path, device="cpu"), 5)
    rest = list(fit(described(**more), tmp_path, device="cpu"))

    assert begun[0] == rest[0] == first
    assert max(m.step for m in rest) == steps


def test_a_task_is_built_once(monkeypatch):
    task, built = Catalog("task", "regard.tasks").find(REVERSE), []
    whole = task.__init__
    monkeypatch.setattr(task, "__init__", lambda self: built.append(self) or whole(self))
    list(fit(described(), device="cpu"))

    assert len(built) == 1


def batch_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("batches")]


@pytest.mark.parametrize("taking", [3, 10_000])
def test_no_thread_stays_when_a_training_has_ended_or_is_given_up(taking, monkeypatch):
    monkeypatch.setattr("gc.collect", None)
    taken(fit(described(STRIPES), device="cpu"), taking)
    assert batch_threads() == []


def test_no_thread_stays_when_a_training_fails(monkeypatch):
    monkeypatch.setattr(sys.modules["regard.training.loop.fit"], "measure_stop", None)
    with pytest.raises(TypeError):
        list(fit(described(STRIPES), device="cpu"))
    assert batch_threads() == []


@pytest.mark.parametrize(
    ("run", "error", "message"),
    [
        (described(STRIPES, scheduled_sampling=0.5), InvalidOption, "Set it to 0"),
        (described(precision="16-mixed"), InvalidOption, "needs a GPU"),
        (described("reversal"), UnknownName, "no task called 'reversal'"),
    ],
    ids=lambda part: "",
)
def test_a_description_that_cannot_be_trained_is_refused(run, error, message):
    with pytest.raises(error, match=message):
        next(fit(run, device="cpu"))


def test_an_unknown_optimizer_gets_the_nearest_name():
    run = described()
    run = type(run)(task=run.task, mechanisms=run.mechanisms, model=MODEL, optimizer=Spec.of("adamv"))
    with pytest.raises(UnknownName, match="Did you mean 'adamw'"):
        next(fit(run, device="cpu"))


@pytest.mark.parametrize("split", ["train", "validation"])
def test_an_empty_split_is_refused(split, monkeypatch):
    task = Catalog("task", "regard.tasks").find(REVERSE)
    whole = task.split
    monkeypatch.setattr(
        task, "split", lambda self, name: whole(self, name)[:0] if name == split else whole(self, name)
    )
    with pytest.raises(RegardError, match=f"no samples in its {split} split"):
        next(fit(described(), device="cpu"))


def test_another_run_in_the_folder_is_refused(tmp_path):
    taken(fit(described(seed=1), tmp_path, device="cpu"), 1)
    with pytest.raises(InvalidOption, match="holds another run"):
        next(fit(described(seed=2), tmp_path, device="cpu"))


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Unwritable):
        next(fit(described(), tmp_path / "file", device="cpu"))


def test_a_single_sample_and_a_batch_larger_than_the_data_can_be_trained():
    assert curve(described(batch=1, steps=3))
    assert curve(described(batch=10_000, epochs=2))
