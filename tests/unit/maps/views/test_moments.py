import pytest
import torch
from training_runs import curve, described

from regard.core.run_files import BEST, LAST
from regard.maps.views.moments import kept_steps, moments, spread
from regard.maps.views.trained import Trained
from regard.models import build
from regard.training import load
from regard.training.checkpoints import checkpoint


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of 12 steps, 4 to an epoch, of which every epoch is kept."""
    folder = tmp_path_factory.mktemp("moments")
    curve(described(epochs=3, batch=13, checkpoint_every=1), folder)
    return Trained.read(folder)


def same(one, two):
    weights = two.state_dict()
    return all(torch.equal(each, weights[name]) for name, each in one.state_dict().items())


def test_kept_checkpoints_are_found_by_their_steps_and_the_best_is_left_out(trained):
    standing = checkpoint.read(trained.folder / LAST, trained.run.digest).rest["loop"]
    per_epoch = -(-len(trained.task.split("train")) // 13)

    steps = kept_steps(trained.folder, trained.run, trained.task)

    assert set(steps) == {per_epoch, 2 * per_epoch, 3 * per_epoch} - {standing["best_step"]}
    assert BEST not in {path.name for path in steps.values()}


def test_the_untrained_model_comes_first_and_training_changes_it(trained):
    found = [*moments(trained.folder, trained.run, trained.task, 8)]
    first = build(trained.task.shape, trained.run.mechanisms, trained.run.model, trained.run.seed)

    assert [step for step, _ in found] == sorted(step for step, _ in found)
    assert found[0][0] == 0 and same(found[0][1], first)
    assert not any(same(model, first) for _, model in found[1:])
    assert not any(model.training for _, model in found)


def test_a_moment_after_training_has_diverged_is_left_out(trained, monkeypatch):
    def diverged(path):
        model = load(path)
        torch.nn.init.constant_(next(model.parameters()), float("nan"))
        return model

    monkeypatch.setattr("regard.maps.views.moments.load", diverged)

    assert [step for step, _ in moments(trained.folder, trained.run, trained.task, 8)] == [0]


def test_of_many_moments_those_far_apart_are_chosen():
    assert spread([0, 10, 20, 30, 40], 3) == [0, 20, 40]
    assert spread([0, 10], 8) == [0, 10]
    assert spread([0, 10, 20], 1) == [0]
    assert spread([0, 10, 20], 0) == []
