import pytest
import torch
from tiny_task import Reverse

from regard.core.errors import UnsupportedUse
from regard.core.settings import ModelSettings
from regard.core.spec import Spec
from regard.models import build
from regard.objectives.cross_entropy import CrossEntropy
from regard.optimization import Ledger, SingleBatch


def posed(dropout=0.5):
    task = Reverse()
    settings = ModelSettings(layers=1, features=8, heads=2, hidden=16, dropout=dropout)
    model = build(task.shape, (Spec("softmax"),), settings, seed=0)
    return SingleBatch(model, CrossEntropy(), task.split("train")[:8])


def charges_what_is_computed(problem):
    """The law of the ledger: a forward-equivalent for each pass of the model, two for a backward pass."""
    passes = []
    problem.model.register_forward_hook(lambda *_: passes.append(1.0))
    for parameter in problem.model.parameters():
        parameter.register_post_accumulate_grad_hook(
            lambda _: passes.append(2.0) if passes[-1] == 1.0 else None
        )
    problem.loss()
    problem.gradient()
    problem.loss()
    assert problem.ledgers[0].total == sum(passes) == 5.0


def test_every_answer_is_charged():
    charges_what_is_computed(posed())


def test_the_law_of_the_ledger_bites_when_the_backward_pass_is_forgotten(monkeypatch):
    monkeypatch.setattr(
        Ledger, "charge", lambda self, amount: setattr(self, "total", self.total + min(amount, 1.0))
    )
    with pytest.raises(AssertionError):
        charges_what_is_computed(posed())


def test_a_ledger_goes_on_where_it_was():
    first, second = Ledger(), Ledger()
    first.charge(3.0)
    second.load_state_dict(first.state_dict())
    second.charge(1.0)

    assert second.total == 4.0


def test_two_losses_of_one_step_are_equal_in_spite_of_dropout():
    problem = posed()

    assert problem.loss() == problem.loss()
    assert problem.gradient() == problem.loss()


def test_another_step_draws_another_dropout():
    problem = posed()
    first = problem.loss()
    problem.step = 2

    assert problem.loss() != first


def test_a_loss_builds_no_graph_and_leaves_no_gradient():
    problem = posed()

    assert not problem.loss().requires_grad
    assert all(parameter.grad is None for parameter in problem.parameters.values())


def test_a_gradient_replaces_the_one_before():
    problem = posed()
    problem.gradient()
    first = {name: parameter.grad.clone() for name, parameter in problem.parameters.items()}
    problem.gradient()

    assert all(torch.equal(parameter.grad, first[name]) for name, parameter in problem.parameters.items())


def test_without_grad_mode_there_is_no_gradient_to_ask_for():
    with torch.no_grad(), pytest.raises(UnsupportedUse, match="does not declare"):
        posed().gradient()


def test_asking_leaves_the_callers_randomness_alone():
    before = torch.get_rng_state()
    posed_one = posed()
    posed_one.loss()

    assert torch.equal(torch.get_rng_state(), before)
