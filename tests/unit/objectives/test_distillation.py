"""A student learns the maps of a teacher."""

from dataclasses import replace

import pytest
import torch
from tiny_task import Reverse
from training_runs import MODEL, STRIPES, curve, described

from regard.attention.capture import capture
from regard.attention.forms import mechanisms_of
from regard.core.errors import InvalidOption, MissingFile, UnsupportedUse
from regard.core.settings import ModelSettings
from regard.core.spec import Spec
from regard.models import build
from regard.objectives.distillation import Distillation
from regard.optimization.divergence import head_divergences
from regard.training import fit, fit_packed, load, refuse

PLAIN = replace(MODEL, dropout=0.0)


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    folder = tmp_path_factory.mktemp("teacher")
    list(fit(described(model=PLAIN, epochs=3, rate=1e-2), folder, device="cpu"))
    return str(folder)


def student(mechanism="softmax", seed=1, settings=PLAIN):
    return build(Reverse().shape, (Spec.of(mechanism),), settings, seed)


def distilled(teacher, mechanism="softmax", model=PLAIN, **options):
    run = described(model=model, epochs=6, seed=1)
    objective = Spec.of("distillation", options, teacher=teacher)
    return replace(run, objective=objective, mechanisms=(Spec.of(mechanism),))


def loss_of(model, teacher, **options):
    objective = Distillation(teacher=teacher, **options)
    objective.prepare(model, load)
    return objective.loss(model, Reverse().split("train")[:8]).mean


def apart(model, teacher):
    """The divergence of the maps on validation data."""
    found = []
    samples = Reverse().split("validation")
    for each in (load(teacher), model):
        with torch.no_grad(), capture(list(mechanisms_of(each))) as calls:
            each(*samples.given)
        found.append(calls[0].weights())
    return (
        head_divergences(*found, torch.ones(found[0].shape[0], found[0].shape[2], dtype=torch.bool))
        .diagonal()
        .mean()
    )


@pytest.mark.parametrize("part", ["maps", "relations"])
def test_a_model_is_its_own_best_student(teacher, part):
    only = {"answers": 0.0, "maps": 0.0, "relations": 0.0, part: 1.0}

    assert loss_of(load(teacher), teacher, **only).abs() < 1e-5
    assert loss_of(student(), teacher, **only) > 1e-4


@pytest.mark.parametrize("mechanism", ["softmax", "linear", "entmax", "local"])
def test_the_maps_of_a_student_come_nearer_to_those_of_the_teacher(teacher, mechanism, tmp_path):
    run = distilled(teacher, mechanism, answers=0.0, relations=0.0)
    before = apart(student(mechanism), teacher)
    list(fit(replace(run, training=replace(run.training, epochs=20)), tmp_path, device="cpu"))

    assert apart(load(tmp_path / "last.safetensors"), teacher) < 0.7 * before


@pytest.mark.parametrize("part", ["answers", "maps", "relations"])
def test_every_weight_changes_what_is_learned(teacher, part):
    assert curve(distilled(teacher)) != curve(distilled(teacher, **{part: 0.3}))


def test_the_teacher_is_never_changed(teacher):
    run = distilled(teacher)
    before = load(teacher).state_dict()
    objective = Distillation(teacher=teacher)
    model = student()
    objective.prepare(model, load)
    objective.loss(model, Reverse().split("train")[:8]).mean.backward()

    assert all(parameter.grad is None for parameter in objective.knowing.parameters())
    assert all(torch.equal(weight, before[name]) for name, weight in objective.knowing.state_dict().items())
    assert not objective.knowing.training
    assert run.objective.settings["teacher"] == teacher


def test_other_numbers_of_heads_and_layers_are_matched(teacher):
    settings = ModelSettings(layers=3, features=8, heads=4, hidden=16)

    found = loss_of(student(settings=settings), teacher, answers=0.0)
    found.backward()

    assert 0 < found < 10


def test_a_teacher_costs_a_forward_pass(teacher):
    found = fit(distilled(teacher), device="cpu")
    charged = {m.step: m.value for m in found if m.name == "cost/forward_equivalents"}

    assert charged == {step: 4 * step for step in charged}


def test_distillation_goes_on_exactly(teacher, tmp_path, monkeypatch):
    monkeypatch.setattr("regard.training.checkpoints.run_folder.RunFolder.has_time", True)
    run = distilled(teacher)
    first = fit(run, tmp_path, device="cpu")
    for measurement in first:
        if measurement.step > 8:
            break
    first.close()

    whole, second = curve(run), curve(run, tmp_path)
    assert 0 < len(second) < len(whole)
    assert whole | second == whole


@pytest.mark.parametrize("mechanism", ["fourier", "sigmoid", "gated"])
def test_a_mechanism_without_distributions_is_refused_in_one_line(teacher, mechanism):
    run = distilled(teacher, mechanism)
    with pytest.raises(UnsupportedUse, match=r"no distributions.*Set objective\.maps=0"):
        refuse(run, "cpu")


def test_without_maps_any_mechanism_can_learn_the_relations(teacher):
    refuse(distilled(teacher, "gated", maps=0.0), "cpu")

    assert torch.isfinite(loss_of(student("gated"), teacher, maps=0.0))


def test_a_teacher_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(MissingFile, match="not the folder of a run"):
        refuse(distilled(str(tmp_path)), "cpu")


def test_a_teacher_of_another_task_is_refused(tmp_path):
    list(fit(described(STRIPES, model=PLAIN, epochs=1), tmp_path, device="cpu"))
    with pytest.raises(InvalidOption, match="trained on the same task"):
        refuse(distilled(str(tmp_path)), "cpu")


def test_seeds_are_not_packed(teacher):
    run = distilled(teacher)
    with pytest.raises(InvalidOption, match="distillation: a teacher's maps"):
        next(fit_packed([run, replace(run, seed=2)], [None, None], "cpu"))


@pytest.mark.parametrize("options", [{"maps": -1.0}, {"answers": float("nan")}, {"relations": float("inf")}])
def test_impossible_weights_are_refused_by_name(options):
    with pytest.raises(InvalidOption, match=f"{next(iter(options))} must be 0 or more"):
        Distillation(teacher="somewhere", **options)


def test_nothing_to_minimize_is_refused():
    with pytest.raises(InvalidOption, match="all 0"):
        Distillation(teacher="somewhere", answers=0.0, maps=0.0, relations=0.0)
