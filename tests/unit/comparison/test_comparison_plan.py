"""Which runs a comparison is made of."""

import math

from by_hand import ended, examined, seed_runs

from regard.comparison.plan import chosen_value, grid_runs, paired_runs
from regard.core.entry import Entry
from regard.core.spec import Spec

LINEAR = Entry((Spec.of("linear"),))


def tried(comparison, store, scores, **more):
    """Try linear at each value of the comparison's grid; a score of None is a run that diverges."""
    for rate, score in zip(comparison.grid, scores, strict=True):
        outcome = "diverged" if score is None else "finished"
        ended(store, comparison.run(LINEAR, rate, 0), {10: 0.5, 20: score or 0.1}, outcome, **more)


def test_every_mechanism_is_tried_at_every_rate_once(make):
    comparison = make()

    runs = grid_runs(comparison)

    assert len(runs) == len({run.digest for run in runs}) == 3 * 2
    assert {run.seed for run in runs} == {0}


def test_the_rate_with_the_best_validation_score_is_chosen(make, store):
    comparison = make(grid=(0.001, 0.003, 0.01))
    tried(comparison, store, (0.8, 0.9, 0.7))

    assert chosen_value(comparison, LINEAR, store) == 0.003


def test_each_model_of_one_mechanism_chooses_its_own_rate(make, store):
    normed = Entry.of(LINEAR.mechanisms, qk_norm="rms")
    comparison = make(entries=(LINEAR, normed), grid=(0.001, 0.003))
    tried(comparison, store, (0.8, 0.9))
    for rate, score in ((0.001, 0.7), (0.003, 0.6)):
        ended(store, comparison.run(normed, rate, 0), {10: score})

    assert chosen_value(comparison, LINEAR, store) == 0.003
    assert chosen_value(comparison, normed, store) == 0.001
    assert {run.model.qk_norm for run in paired_runs(comparison, normed, store)} == {"rms"}


def test_the_test_split_has_no_say_in_it(make, store):
    comparison = make(grid=(0.001, 0.003))
    tried(comparison, store, (0.8, 0.9))
    examined(store, comparison.run(LINEAR, 0.001, 0), 1.0)
    examined(store, comparison.run(LINEAR, 0.003, 0), 0.1)

    assert chosen_value(comparison, LINEAR, store) == 0.003


def test_of_equal_scores_the_lower_loss_decides_and_then_the_lower_rate(make, store):
    comparison = make(grid=(0.001, 0.003, 0.01))
    for rate, loss in ((0.001, 0.5), (0.003, 0.1), (0.01, 0.1)):
        ended(store, comparison.run(LINEAR, rate, 0), {10: 1.0}, loss=loss)

    assert chosen_value(comparison, LINEAR, store) == 0.003


def test_a_run_that_diverged_is_not_chosen_however_good_it_was(make, store):
    comparison = make(grid=(0.001, 0.003))
    ended(store, comparison.run(LINEAR, 0.001, 0), {10: 0.2})
    ended(store, comparison.run(LINEAR, 0.003, 0), {10: 0.9}, "diverged")

    assert chosen_value(comparison, LINEAR, store) == 0.001


def test_where_no_rate_finishes_the_lowest_goes_on(make, store):
    comparison = make(grid=(0.001, 0.003))
    tried(comparison, store, (None, None))

    assert chosen_value(comparison, LINEAR, store) == 0.001


def test_scores_that_are_no_numbers_are_the_worst(make, store):
    comparison = make(grid=(0.001, 0.003))
    ended(store, comparison.run(LINEAR, 0.001, 0), {10: math.nan}, loss=math.nan)
    ended(store, comparison.run(LINEAR, 0.003, 0), {10: 0.0}, loss=9.0)

    assert chosen_value(comparison, LINEAR, store) == 0.003


def test_seeds_are_counted_from_the_first(make, store):
    comparison = make(first_seed=7, seeds=3)

    assert {run.seed for run in grid_runs(comparison)} == {7}
    assert {run.seed for run in seed_runs(comparison, store)} == {7, 8, 9}


def test_the_run_that_chose_the_rate_is_the_first_of_the_pairs(make, store):
    comparison = make()
    for run in grid_runs(comparison):
        ended(store, run, {10: 0.5 + run.optimizer.settings["rate"]})

    runs = seed_runs(comparison, store)

    assert len(runs) == 3 * 5
    assert {run.digest for run in runs if run.seed == 0} <= {run.digest for run in grid_runs(comparison)}
    assert {run.optimizer.settings["rate"] for run in runs} == {0.003}
    assert len({run.digest for run in [*runs, *grid_runs(comparison)]}) == 3 * (2 + 5 - 1)
