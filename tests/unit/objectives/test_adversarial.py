"""Scores are moved where it hurts most, and training answers for both losses."""

from dataclasses import replace

import pytest
import torch
from tiny_task import Reverse
from training_runs import MODEL, described

from regard.attention.added_scores import add_to_scores
from regard.attention.forms import mechanisms_of
from regard.core.errors import InvalidOption, UnsupportedUse
from regard.core.spec import Spec
from regard.models import build
from regard.objectives.adversarial import Adversarial
from regard.optimization import cross_entropy
from regard.training import fit, load, refuse

PLAIN = replace(MODEL, dropout=0.0)


def model_of(mechanism="softmax"):
    return build(Reverse().shape, (Spec.of(mechanism),), PLAIN, 1).double()


def batch():
    return Reverse().split("train")[:8]


def clean_loss(model):
    return cross_entropy(model(*batch().given), batch().targets).mean.item()


def loss_of(model, **options):
    objective = Adversarial(**options)
    objective.prepare(model, load)
    return objective.loss(model, batch()).mean


def adversarial_run(mechanism="softmax", **options):
    run = described(model=PLAIN, epochs=2, seed=1)
    return replace(run, objective=Spec.of("adversarial", options), mechanisms=(Spec.of(mechanism),))


def steepness(model):
    """The sum over all rows of the length of the gradient of the loss to their scores."""
    zeros = []

    def watch(i, shape, like):
        zeros.append(like.new_zeros(shape, requires_grad=True))
        return zeros[-1]

    with add_to_scores(list(mechanisms_of(model)), watch):
        loss = cross_entropy(model(*batch().given), batch().targets).mean
    return sum(slope.norm(dim=-1).sum().item() for slope in torch.autograd.grad(loss, zeros))


@pytest.mark.parametrize("direction", ["gradient", "sign"])
def test_without_a_perturbation_both_losses_are_equal(direction):
    model = model_of()

    assert loss_of(model, epsilon=0.0, weight=0.5, direction=direction).item() == pytest.approx(
        1.5 * clean_loss(model), rel=1e-12
    )


def test_a_small_perturbation_raises_the_loss_by_its_length_times_the_gradient():
    model, epsilon = model_of(), 1e-4

    hostile = loss_of(model, epsilon=epsilon).item() - clean_loss(model)

    assert (hostile - clean_loss(model)) / epsilon == pytest.approx(steepness(model), rel=1e-3)


def test_along_the_sign_the_loss_rises_more_than_along_the_gradient():
    model = model_of()

    assert loss_of(model, epsilon=1e-3, direction="sign") > loss_of(model, epsilon=1e-3)


def test_every_parameter_learns_from_the_perturbed_loss_too():
    model = model_of()
    loss_of(model, epsilon=0.5, weight=1.0).backward()
    both = [parameter.grad.clone() for parameter in model.parameters() if parameter.grad is not None]
    model.zero_grad()
    loss_of(model, epsilon=0.5, weight=0.0).backward()
    clean = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]

    # the bias of the keys moves all scores of a row alike: softmax gives it no gradient
    felt = [(one, other) for one, other in zip(both, clean, strict=True) if one.abs().max() > 1e-12]
    assert len(felt) >= len(both) - 1
    assert all(not torch.allclose(one, other) for one, other in felt)


def test_a_loss_can_be_asked_for_where_no_gradient_is_wanted():
    model = model_of()
    with torch.no_grad():
        found = loss_of(model, epsilon=0.1)

    assert found.item() == pytest.approx(loss_of(model, epsilon=0.1).item(), rel=1e-12)


def test_a_mechanism_without_scores_is_refused_in_one_line():
    with pytest.raises(UnsupportedUse, match=r"^adversarial: nothing can be added to the scores of linear\."):
        refuse(adversarial_run("linear"), "cpu")


def test_a_length_below_zero_is_refused():
    with pytest.raises(InvalidOption, match="adversarial: epsilon must be 0 or more"):
        Adversarial(epsilon=-1.0)


def test_training_is_charged_for_all_passes():
    found = list(fit(adversarial_run(), device="cpu"))
    last = [m for m in found if m.name == "cost/forward_equivalents"][-1]

    assert last.value == 8 * last.step
    assert [m for m in found if m.name == "diverged"] == []


def test_what_was_added_is_gone_afterwards():
    model = model_of()
    before = clean_loss(model)
    loss_of(model, epsilon=1.0)

    assert clean_loss(model) == before
