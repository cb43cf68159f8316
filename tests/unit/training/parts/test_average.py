"""The moving average of the weights: what it is, that it is scored, and that training does not notice it."""

from dataclasses import replace

import pytest
import random_search
import safetensors.torch
import torch
from tiny_task import Reverse, Stripes
from torch import nn
from training_runs import EVERYTHING, MODEL, STRIPES, as_curve, curve, described, taken

from regard.core.errors import Corrupt
from regard.core.spec import Spec
from regard.training import InMemory, evaluate, fit, fit_packed, load
from regard.training.checkpoints import checkpoint
from regard.training.loop.fit import train_steps
from regard.training.loop.pace import Pace
from regard.training.parts.average import MovingAverage, kept_share
from regard.training.parts.common import Common
from regard.training.parts.device import fabric_for
from regard.training.parts.trainer import Trainer

DECAY = 0.8
SEEDS = 3


def averaged(**settings):
    return described(**{"epochs": 5, "evaluate_every": 4, "ema": DECAY, **settings})


def without(run):
    return replace(run, training=replace(run.training, ema=None))


def packable(ema=DECAY):
    run = described(model=replace(MODEL, dropout=0.0), epochs=10, rate=1e-3, ema=ema)
    return [replace(run, seed=seed) for seed in range(SEEDS)]


# the search of the tests is content with the first batch
pytestmark = pytest.mark.filterwarnings("ignore:.* compares losses of one fixed batch")

RUNS = {
    "everything": averaged(**EVERYTHING),
    "images": averaged(task=STRIPES),
    "plateau": averaged(schedule="plateau", warmup=0),
    "patience": averaged(epochs=10, patience=3),
    "mixed": averaged(precision="bf16-mixed"),
    "double": averaged(precision="64-true"),
    "adversarial": replace(averaged(), objective=Spec.of("adversarial")),
    "without gradients": replace(
        averaged(), optimizer=Spec.of(f"{random_search.__file__}:RandomSearch", sigma=0.02)
    ),
}


@pytest.fixture(autouse=True)
def always_written(monkeypatch):
    monkeypatch.setattr("regard.training.checkpoints.run_folder.RunFolder.has_time", True)


def of_training(found):
    return {key: value for key, value in found.items() if key[1].startswith("train/")}


def test_what_is_kept_rises_to_the_decay():
    assert [kept_share(count, 0.5) for count in range(4)] == [0, 1 / 3, 3 / 7, 7 / 15]
    assert kept_share(10**6, 0.999) == 0.999
    assert kept_share(3, 1 - 1e-9) == pytest.approx(3 / 4), "hardly any decay: the plain mean"


@pytest.mark.parametrize("name", ["everything", "without gradients", "mixed", "double"])
def test_it_is_the_mean_of_the_weights_after_each_step(name):
    run = RUNS[name]
    trainer = Trainer.of(run, Common.of(run, "cpu"))
    passed = []
    for step in range(1, 21):
        train_steps(trainer, range(step, step + 1), Pace())
        passed.append({n: p.detach().double().clone() for n, p in trainer.bare.named_parameters()})
    trainer.batches.close()

    counts = DECAY ** torch.arange(20, dtype=torch.float64).flip(0)
    found = dict(trainer.average.averaged.module.named_parameters())
    assert found.keys() == passed[0].keys()
    for parameter, value in found.items():
        states = torch.stack([each[parameter] for each in passed])
        mean = torch.tensordot(counts / counts.sum(), states, 1)
        torch.testing.assert_close(value.double(), mean, atol=1e-6, rtol=1e-5)
    assert any(not torch.equal(value, passed[-1][n].to(value.dtype)) for n, value in found.items())


@pytest.mark.parametrize("name", RUNS.keys() - {"plateau", "patience"})
def test_training_does_not_notice_it(name):
    found, plain = curve(RUNS[name]), curve(without(RUNS[name]))

    assert of_training(found) == of_training(plain)
    assert found.keys() == plain.keys()
    assert found != plain, "another model is scored"


@pytest.mark.parametrize("name", ["everything", "images", "double", "without gradients"])
def test_the_average_is_what_was_scored_whichever_checkpoint_is_loaded(name, tmp_path):
    run = replace(RUNS[name], training=replace(RUNS[name].training, checkpoint_every=2))
    found = curve(run, tmp_path)
    losses = {step: value for (step, name), value in found.items() if name == "validation/loss"}
    data = Stripes() if name == "images" else Reverse()

    scores = {step: value for (step, name), value in found.items() if name == "validation/score"}
    last = max(losses)
    best = max(scores, key=lambda step: (scores[step], -losses[step]))
    accuracy = 1e-6 if name == "double" else 0  # loaded in float32
    for kept, step in (("last", last), ("epoch-0004", last * 4 // 5), ("best", best)):
        loss = evaluate(load(tmp_path / f"{kept}.safetensors"), data, "validation", run.training.batch).loss
        assert loss == pytest.approx(losses[step], rel=accuracy, abs=0)


def test_images_are_read_in_double_precision():
    found = curve(averaged(task=STRIPES, precision="64-true"))

    assert (20, "validation/loss") in found


def test_in_memory_the_average_is_kept_too(tmp_path):
    run, memory = RUNS["everything"], InMemory()
    curve(run, tmp_path)
    list(fit(run, memory, device="cpu"))

    kept = checkpoint.read(tmp_path / "best.safetensors", run.digest).weights
    torch.testing.assert_close(safetensors.torch.load(memory.best), kept, rtol=0, atol=0)


@pytest.mark.parametrize("name", RUNS)
def test_a_training_goes_on_exactly(name, tmp_path):
    first = as_curve(taken(fit(RUNS[name], tmp_path, device="cpu"), 21))
    second = curve(RUNS[name], tmp_path)

    assert first | second == second | first == curve(RUNS[name])
    assert second.keys() < (first | second).keys()


@pytest.mark.parametrize("forgotten", ["trained", "count"])
def test_the_resume_law_bites_when_the_average_forgets(forgotten, tmp_path, monkeypatch):
    load_state_dict = MovingAverage.load_state_dict

    def faulty(self, state):
        load_state_dict(self, {**state, forgotten: self.state_dict()[forgotten]})

    run = RUNS["everything"]
    first = as_curve(taken(fit(run, tmp_path, device="cpu"), 18))
    monkeypatch.setattr(MovingAverage, "load_state_dict", faulty)

    assert first | curve(run, tmp_path) != curve(run)


def test_a_last_checkpoint_without_the_trained_weights_is_corrupt(tmp_path):
    run = RUNS["everything"]
    taken(fit(run, tmp_path, device="cpu"), 18)
    path = tmp_path / "last.safetensors"
    saved = checkpoint.read(path, run.digest)
    rest = {key: value for key, value in saved.rest.items() if key != "average"}
    checkpoint.write(path, checkpoint.Checkpoint(run.digest, saved.weights, rest))

    with pytest.raises(Corrupt, match="average"):
        next(fit(run, tmp_path, device="cpu"))


def together(runs, folders):
    found = {run.seed: [] for run in runs}
    for run, measurement in fit_packed(runs, folders, "cpu"):
        found[run.seed].append(measurement)
    return {seed: as_curve(measurements) for seed, measurements in found.items()}


def test_seeds_trained_at_once_are_averaged_each_as_if_alone(tmp_path):
    runs = packable()
    homes = [tmp_path / run.digest for run in runs]
    found, plain = together(runs, homes), together(packable(ema=None), [None] * SEEDS)
    for run, home in zip(runs, homes, strict=True):
        alone = curve(run)
        assert found[run.seed] == pytest.approx(alone, rel=1e-4, abs=1e-4)
        assert of_training(found[run.seed]) == of_training(plain[run.seed])
        assert found[run.seed] != plain[run.seed]
        loss = evaluate(load(home / "last.safetensors"), Reverse(), "validation", 12).loss
        assert loss == pytest.approx(found[run.seed][40, "validation/loss"], rel=1e-6)


def test_a_pack_goes_on_exactly_and_what_it_leaves_can_be_ended_alone(tmp_path):
    runs = packable()
    whole = together(runs, [None] * SEEDS)
    for name in ("at once", "alone"):
        homes = [tmp_path / name / run.digest for run in runs]
        first = fit_packed(runs, homes, "cpu")
        for _, measurement in first:
            if measurement.step > 20:
                break
        first.close()
        if name == "at once":
            rest = together(runs, homes)
            assert all(whole[seed].items() >= rest[seed].items() for seed in rest)
        else:
            rest = {run.seed: curve(run, home) for run, home in zip(runs, homes, strict=True)}
            for seed, points in rest.items():
                known = {key: whole[seed][key] for key in points}
                assert points == pytest.approx(known, rel=1e-4, abs=1e-4)
        assert all(0 < len(rest[seed]) < len(whole[seed]) for seed in rest)


def test_buffers_are_those_of_the_trained_model():
    trained = nn.BatchNorm1d(2)  # it counts its batches
    average = MovingAverage(fabric_for("cpu", "32-true"), trained, DECAY)
    for step in range(1, 6):
        trained(torch.randn(8, 2))
        average.follow()
        for name, buffer in average.averaged.module.named_buffers():
            torch.testing.assert_close(buffer, trained.get_buffer(name), rtol=0, atol=0)
        assert average.averaged.module.num_batches_tracked == step
