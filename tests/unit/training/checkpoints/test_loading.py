import shutil

import pytest
import torch
from tiny_task import Reverse
from torch import nn
from training_runs import curve, described

from regard.core.errors import Corrupt, MissingFile
from regard.training import evaluate, load
from regard.training.checkpoints import checkpoint
from regard.training.checkpoints.checkpoint import Checkpoint

RUN = described(epochs=4, checkpoint_every=2, rate=3e-2)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    return folder, curve(RUN, folder)


@pytest.fixture
def folder(trained, tmp_path):
    return shutil.copytree(trained[0], tmp_path / "run")


def test_the_best_weights_come_back(folder, trained):
    scores = {step: value for (step, name), value in trained[1].items() if name == "validation/score"}
    losses = {step: value for (step, name), value in trained[1].items() if name == "validation/loss"}
    best = max(scores, key=lambda step: (scores[step], -losses[step]))

    found = evaluate(load(folder), Reverse(), "validation", RUN.training.batch)

    assert found.score == scores[best]
    assert found.loss == losses[best]


def test_the_model_is_in_evaluation_mode(folder):
    model = load(str(folder))

    assert isinstance(model, nn.Module)
    assert not any(module.training for module in model.modules())


def test_any_checkpoint_can_be_loaded(folder, trained):
    for name, step in (("epoch-0002", 8), ("epoch-0004", 16), ("last", 16)):
        found = evaluate(load(folder / f"{name}.safetensors"), Reverse(), "validation", 12)
        assert found.loss == trained[1][step, "validation/loss"]


def test_loading_leaves_the_callers_randomness_alone(folder):
    before = torch.get_rng_state()
    load(folder)

    assert torch.equal(torch.get_rng_state(), before)


def test_a_folder_without_a_run_is_missing_one(tmp_path):
    with pytest.raises(MissingFile, match="is not the folder of a run"):
        load(tmp_path)


def test_a_run_that_was_never_evaluated_has_no_weights_yet(folder):
    (folder / "best.safetensors").unlink()
    with pytest.raises(MissingFile, match=r"has no best.safetensors.*Train it on"):
        load(folder)


def test_a_damaged_checkpoint_is_corrupt(folder):
    path = folder / "best.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Corrupt, match=r"best\.safetensors"):
        load(folder)


def test_weights_of_another_shape_are_corrupt_in_one_line(folder):
    path = folder / "best.safetensors"
    weights = checkpoint.read(path, RUN.digest).weights
    name = next(name for name, value in weights.items() if value.ndim == 2)
    for wrong in ({**weights, name: torch.ones(1, 1)}, {**weights, "more": torch.ones(1)}, {}):
        checkpoint.write(path, Checkpoint(RUN.digest, wrong))
        with pytest.raises(Corrupt, match="does not fit the model") as caught:
            load(folder)
        assert "\n" not in str(caught.value)
