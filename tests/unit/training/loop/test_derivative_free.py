"""A method without gradients goes through the one loop."""

import itertools
from dataclasses import replace

import pytest
import random_search
import torch
from training_runs import MODEL, as_curve, curve, described, taken

from regard.configuration.configuration import configure
from regard.core.errors import InvalidOption, RegardWarning, UnsupportedUse
from regard.core.spec import Spec
from regard.optimizers import OPTIMIZERS
from regard.training import fit, fit_packed, load, refuse
from regard.training.parts.trainer import Trainer

FILE = random_search.__file__

pytestmark = pytest.mark.filterwarnings("ignore:.* compares losses of one fixed batch")


def searched(name="RandomSearch", **settings):
    run = described(**{"epochs": 5, "batch": 20, "evaluate_every": 5, **settings})
    return replace(run, optimizer=Spec.of(f"{FILE}:{name}", sigma=0.02))


def named(measurements, name):
    return {m.step: m.value for m in measurements if m.name == name}


def test_a_search_lowers_the_loss_of_its_batch_and_never_raises_it():
    found = list(fit(searched(epochs=60), device="cpu"))
    losses = list(named(found, "train/loss").values())

    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.9 * losses[0]


def test_dropout_draws_the_same_for_every_candidate():
    # else a candidate that is no better could be kept for a luckier draw
    found = []

    class Asking(random_search.RandomSearch):
        def step(self, problem):
            found.append([problem.loss().item() for _ in range(3)])
            return {"loss": found[-1][0]}

    trainer_step = Asking()
    run = searched(model=replace(MODEL, dropout=0.5))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("regard.training.parts.trainer.update_of", lambda run: trainer_step)
        list(fit(run, device="cpu"))

    assert all(len(set(losses)) == 1 for losses in found)
    assert len({losses[0] for losses in found}) == 1, "one batch and one draw for all steps"


def test_it_sees_no_gradient():
    seen = []
    of = Trainer.of

    def kept(run, common):
        seen.append(of(run, common))
        return seen[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "of", kept)
        list(fit(searched(), device="cpu"))

    assert all(parameter.grad is None for parameter in seen[0].model.parameters())


def test_it_is_charged_a_forward_pass_for_every_loss():
    charged = named(fit(searched(), device="cpu"), "cost/forward_equivalents")

    assert charged == {step: step + 1 for step in charged}
    assert len(charged) > 1


def test_gradients_are_charged_three_forward_passes():
    charged = named(fit(described(epochs=3), device="cpu"), "cost/forward_equivalents")

    assert charged == {step: 3 * step for step in charged}


def test_what_scheduled_sampling_reads_is_charged_too():
    run = described(epochs=10, scheduled_sampling=1.0)
    charged = named(fit(run, device="cpu"), "cost/forward_equivalents")

    assert 3 * 40 < charged[40] <= 4 * 40


@pytest.mark.parametrize("after", [1, 5, 9, 14, 22])
def test_a_search_goes_on_exactly(after, tmp_path, monkeypatch):
    monkeypatch.setattr("regard.training.checkpoints.run_folder.RunFolder.has_time", True)
    run = searched()
    first = as_curve(taken(fit(run, tmp_path, device="cpu"), after))
    second = curve(run, tmp_path)

    assert first | second == second | first == curve(run)


def test_the_resume_law_bites_on_an_update_that_forgets(tmp_path, monkeypatch):
    monkeypatch.setattr("regard.training.checkpoints.run_folder.RunFolder.has_time", True)
    run = searched("Forgetful")
    first = as_curve(taken(fit(run, tmp_path, device="cpu"), 14))

    assert first | curve(run, tmp_path) != curve(run)


def test_an_update_that_asks_for_an_undeclared_gradient_is_refused():
    with pytest.raises(UnsupportedUse, match="does not declare"):
        list(fit(searched("Greedy"), device="cpu"))


def test_a_search_cannot_be_packed_with_other_seeds():
    run = searched(model=replace(MODEL, dropout=0.0))

    with pytest.raises(InvalidOption, match="does not declare that it treats every number by itself"):
        next(fit_packed([run, replace(run, seed=1)], [None, None], "cpu"))


def test_a_method_with_a_fixed_batch_refuses_scheduled_sampling():
    run = searched(scheduled_sampling=0.5)

    with pytest.raises(InvalidOption, match="needs a fixed one"):
        refuse(run, "cpu")
    with pytest.raises(InvalidOption, match="needs a fixed one"):
        next(fit(run, device="cpu"))


def test_its_best_weights_can_be_loaded(tmp_path):
    list(fit(searched(), tmp_path, device="cpu"))

    assert all(torch.isfinite(weight).all() for weight in load(tmp_path).parameters())


def test_the_command_line_takes_it_from_a_file_and_tunes_what_it_names():
    described_here = configure(["task=copy", f"optimizer={FILE}:RandomSearch", "optimizer.sigma=0.5"])

    assert described_here.run(0).optimizer.settings == {"sigma": 0.5}
    assert described_here.comparison["grid"] == [0.003, 0.01, 0.03]


def test_a_method_with_a_fixed_batch_warns_of_samples_that_it_never_sees():
    with pytest.warns(RegardWarning, match=r"sees 20 of the 48 training samples\. Set training.batch=48"):
        next(fit(searched(), device="cpu"))


def test_pattern_search_trains_without_dropout_and_within_its_budget():
    run = replace(searched(), optimizer=Spec.of("pattern_search", radius=0.3))
    run = replace(run, model=replace(MODEL, dropout=0.5), training=replace(run.training, budget=50))
    # one after another, so that each loss costs a whole forward pass
    found = list(fit(run, device="cpu", evaluator="serial"))
    losses = [each.value for each in found if each.name == "train/loss"]
    cost = [each.value for each in found if each.name == "cost/forward_equivalents"]

    # each is a mean of several, rounded to float32
    assert all(after <= before + 1e-6 for before, after in itertools.pairwise(losses))
    assert losses[-1] < losses[0]
    # a last move that is told from activations costs a part of a pass
    assert 49 < cost[-1] <= 50
    assert {"train/radius", "train/accepted", "train/acceptance"} <= {each.name for each in found}


@pytest.mark.parametrize("name", [n for n in OPTIMIZERS.names() if n not in ("adamw", "sgd", "nelder_mead")])
def test_every_method_of_the_catalog_goes_on_exactly(name, tmp_path, monkeypatch):
    monkeypatch.setattr("regard.training.checkpoints.run_folder.RunFolder.has_time", True)
    run = replace(searched(), optimizer=Spec.of(name))
    first = as_curve(taken(fit(run, tmp_path, device="cpu"), 14))

    assert first | curve(run, tmp_path) == curve(run)
