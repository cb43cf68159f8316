"""Optimizers compared at equal cost and at equal training loss, from a store that was filled by hand."""

from dataclasses import replace

import pytest
from by_hand import ended

from regard.commands.compare_optimizers import planned_study
from regard.comparison.comparison import Comparison
from regard.comparison.plan import grid_runs, paired_runs
from regard.comparison.study import guess_loss, tabulate_optimizers
from regard.core.errors import InvalidOption, RegardError
from regard.core.measurement import Measurement
from regard.core.results import OptimizersResult
from regard.core.results.optimizers_flat import curve_records, records
from regard.store import Store
from regard.tasks import TASKS

ARGUMENTS = [
    *("task=membership", "recipe=study", "task.samples=60", "task.held_out=30", "budget=100", "seeds=3"),
    "optimizer=adamw,pattern_search",
]
LOSSES = {"adamw": (0.6, 0.3, 0.1), "sgd": (0.69, 0.69, 0.69), "pattern_search": (0.6, 0.5, 0.4)}


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "project") as store:
        yield store


def perform(comparison: Comparison, store: Store, gaps=(0.0, 0.001, 0.002)) -> None:
    """Every run with three evaluations, at costs 10, 50 and 100."""
    for run in grid_runs(comparison):
        written(run, store, 0.0)
    for entry in comparison.entries:
        for run in paired_runs(comparison, entry, store):
            written(run, store, gaps[run.seed])


def written(run, store, gap):
    if store.outcome(run.digest):
        return
    losses = LOSSES[run.optimizer.name]
    ended(store, run, {1: 0.6, 2: 0.7, 3: 0.8})
    for i, loss in enumerate(losses):
        values = {
            "fit/loss": loss + gap,
            "fit/score": 1 - loss / 2,
            "cost/forward_equivalents": (10.0, 50.0, 100.0)[i],
            "time/step_seconds": 2.0,
        }
        if run.optimizer.name == "pattern_search":
            values["train/accepted"] = 10.0 * (i + 1)
        store.append(run.digest, [Measurement(i + 1, name, value) for name, value in values.items()])
    if run.seed >= 0:
        score = 0.95 if run.optimizer.name == "adamw" else 0.7
        said = {"test/score": score + gap, "test/final": score / 2 + gap}
        store.append(run.digest, [Measurement(3, name, value) for name, value in said.items()])


def rows(result):
    return {row.label: row for row in result.rows}


def test_every_optimizer_tries_its_own_grid_and_keeps_its_own_options():
    arguments = [*ARGUMENTS, "optimizer.pattern_search.poll=complete"]
    comparison = planned_study(arguments, 0)
    assert comparison.labels == ["adamw", "pattern_search(poll = complete)"]
    assert comparison.training.budget == 100
    tuned = {(run.optimizer.name, *run.optimizer.settings) for run in grid_runs(comparison)}
    assert {name for name, *_ in tuned} == {"adamw", "pattern_search"}
    assert [comparison.tuned_of(entry) for entry in comparison.entries] == ["rate", "radius"]
    assert Comparison.from_json(comparison.to_json()) == comparison


def test_fit_stands_apart_from_generalization_and_both_from_what_they_cost(store):
    comparison = planned_study(ARGUMENTS, 0)
    perform(comparison, store)
    result = tabulate_optimizers(comparison, store)
    found = rows(result)["pattern_search"]
    assert found.at_budget.loss.mean == pytest.approx(0.401)
    assert found.at_budget.fit.mean == pytest.approx(0.8)
    assert found.test.mean == pytest.approx(0.701)
    assert {name: mean.mean for name, mean in found.details.items()} == {"final": pytest.approx(0.351)}
    assert found.courses[1].details == {"final": pytest.approx(0.351)}
    assert found.at_budget.cost.mean == 100
    assert found.at_budget.seconds.mean == 6
    assert found.at_budget.accepted.mean == 30
    assert found.tuning_cost == 300
    assert found.test_difference.mean == pytest.approx(-0.25)
    assert found.test_difference.verdict == "worse"
    assert rows(result)["adamw"].test_difference is None
    assert rows(result)["adamw"].at_budget.accepted is None
    assert (rows(result)["adamw"].gradients, found.gradients) == (True, False)


def test_the_equal_loss_is_the_lowest_that_every_seed_of_all_that_learned_has_come_to(store):
    arguments = [*ARGUMENTS[:-1], "optimizer=adamw,sgd,pattern_search"]
    comparison = planned_study(arguments, 0)
    perform(comparison, store)
    result = tabulate_optimizers(comparison, store)
    found = rows(result)
    assert result.groups[0].level == pytest.approx(0.402)
    assert (found["adamw"].reached, found["pattern_search"].reached) == (3, 3)
    assert found["adamw"].at_loss.cost.mean == 50 if found["adamw"].courses[0].losses[1] <= 0.402 else 100
    # what has not learned is not waited for, and is said not to have got there
    assert (found["sgd"].learned, found["sgd"].reached, found["sgd"].at_loss.cost) == (False, 0, None)
    assert "not reached" in str(result)


def test_where_gradients_do_not_generalize_the_result_says_so(store, monkeypatch):
    monkeypatch.setitem(LOSSES, "adamw", (0.69, 0.69, 0.69))
    comparison = planned_study([*ARGUMENTS[:-1], "optimizer=sgd,adamw"], 0)
    perform(comparison, store)
    result = tabulate_optimizers(comparison, store)
    assert result.groups[0].nobody_learned
    assert result.groups[0].level is None
    assert "No optimizer fits" in str(result)


def test_models_are_groups_each_with_its_own_baseline(store):
    comparison = planned_study([*ARGUMENTS, "model.features=8,16"], 0)
    perform(comparison, store)
    result = tabulate_optimizers(comparison, store)
    assert [dict(group.model) for group in result.groups] == [{}, {"features": 16}] or len(result.groups) == 2
    for group in result.groups:
        assert [row.optimizer.name for row in group.rows] == ["adamw", "pattern_search"]
        assert group.rows[0].test_difference is None
    assert result.groups[0].rows[0].parameters < result.groups[1].rows[0].parameters


def test_a_result_is_json_both_ways_and_flat(store, tmp_path):
    comparison = planned_study(ARGUMENTS, 0)
    perform(comparison, store)
    result = tabulate_optimizers(comparison, store)
    result.write(tmp_path / "one.json")
    assert OptimizersResult.read(tmp_path / "one.json") == result
    assert [record["label"] for record in records(result)] == ["adamw", "pattern_search"]
    assert [record["test_final"] for record in records(result)] == pytest.approx([0.476, 0.351])
    assert len(curve_records(result)) == 2 * 3 * 3


def test_what_has_not_ended_is_no_failure(store):
    comparison = planned_study(ARGUMENTS, 0)
    with pytest.raises(RegardError, match="have not ended"):
        tabulate_optimizers(comparison, store)


def test_the_guess_is_the_entropy_of_the_targets():
    task = TASKS.build("membership", language="tomita4", samples=60, held_out=30, longest=12)
    assert 0.6 < guess_loss(task.split("train")) <= 0.6932


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["task=membership", "budget=10"], "Say which optimizers"),
        (["task=membership", "optimizer=adamw,sgd"], "Say how many forward-equivalents"),
        ([*ARGUMENTS, "+preset=pattern_search_parity"], "A preset chooses one optimizer"),
        ([*ARGUMENTS, "grid=[0.1]"], "does not use grid"),
        ([*ARGUMENTS, "training.patience=3"], "does not use training.patience"),
        ([*ARGUMENTS[:-2], "seeds=auto", ARGUMENTS[-1]], "takes a number of seeds"),
        ([*ARGUMENTS, "mechanism=softmax,linear"], "Name one mechanism"),
        ([*ARGUMENTS, "optimizer.sgd.momentum=0"], "belongs to none of the optimizers"),
        ([*ARGUMENTS, "optimizer.adamw.nothing=0"], "nothing"),
    ],
)
def test_what_is_not_compared_is_refused_in_one_line(arguments, message):
    with pytest.raises(RegardError, match=message):
        planned_study(arguments, 0)


def test_a_comparison_without_a_budget_is_no_study(store):
    comparison = planned_study(ARGUMENTS, 0)
    without = replace(comparison, training=replace(comparison.training, budget=None))
    with pytest.raises(InvalidOption, match="compared at a budget"):
        tabulate_optimizers(without, store)
