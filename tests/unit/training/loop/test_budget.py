"""A training ends with the step that reaches its budget, and is evaluated at costs that grow by a quarter."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest

from regard.core.errors import InvalidOption
from regard.core.run import Run
from regard.core.settings import ModelSettings, TrainingSettings
from regard.core.spec import Spec
from regard.training import fit
from regard.training.loop.budget import GROWTH, Budget

RUN = Run(
    task=Spec.of("state_tracking", longest=8, lengths=(), samples=48, held_out=12),
    mechanisms=(Spec("softmax"),),
    model=ModelSettings(layers=1, features=8, heads=1, hidden=8),
    training=TrainingSettings(batch=16, budget=60),
)


@cache
def told(run):
    """What a training says, which each test that asks for it reads again."""
    return list(fit(run, None, "cpu"))


def curve(run, name):
    return [(m.step, m.value) for m in told(run) if m.name == name]


def test_training_ends_at_its_budget_whatever_the_epochs_say():
    for epochs in (1, 100):
        training = replace(RUN.training, epochs=epochs)
        steps, costs = zip(*curve(replace(RUN, training=training), "cost/forward_equivalents"), strict=True)
        assert (steps[-1], costs[-1]) == (20, 60.0)


def test_evaluations_lie_at_costs_that_grow_by_a_quarter():
    costs = [cost for _, cost in curve(RUN, "cost/forward_equivalents")]
    budget = Budget(60)
    assert all(budget.marks(high) > budget.marks(low) for low, high in pairwise(costs[:-1]))
    assert len(costs) < 15


def test_the_training_samples_are_measured_as_validation_data_are():
    run = replace(RUN, optimizer=Spec.of("adamw", rate=0.01), training=replace(RUN.training, budget=180))
    losses = [loss for _, loss in curve(run, "fit/loss")]
    scores = [score for _, score in curve(run, "fit/score")]
    assert losses[-1] < losses[0]
    assert all(0 <= score <= 1 for score in scores)
    assert not curve(replace(RUN, training=TrainingSettings(epochs=1, batch=16)), "fit/loss")


def test_a_training_that_was_interrupted_spends_what_was_left(tmp_path):
    whole = curve(RUN, "fit/loss")
    going = fit(RUN, tmp_path, "cpu")
    for one in going:
        if one.name == "fit/loss" and one.step >= 5:
            break
    going.close()
    rest = [(m.step, m.value) for m in fit(RUN, tmp_path, "cpu") if m.name == "fit/loss"]
    assert rest == whole[-len(rest) :]


@pytest.mark.parametrize("k", range(1, 40))
def test_a_mark_is_reached_at_its_own_cost(k):
    budget = Budget(10**6)
    assert budget.marks(GROWTH**k) == k + 1
    assert budget.marks(GROWTH**k * 0.999) == k


def test_a_budget_is_a_positive_number_and_leaves_old_digests_as_they_were():
    with pytest.raises(InvalidOption, match=r"training\.budget must be at least 1"):
        TrainingSettings(budget=0)
    assert "budget" not in replace(RUN, training=TrainingSettings()).to_json()["training"]
