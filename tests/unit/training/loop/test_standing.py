import math
from dataclasses import replace

from regard.core.settings import TrainingSettings
from regard.training.loop.standing import Standing


def after(*evaluations):
    state = Standing()
    for step, (score, loss) in enumerate(evaluations, 1):
        state = replace(state, step=step).evaluated(score, loss)
    return state


def test_the_first_evaluation_is_the_best_so_far():
    state = after((0.0, 9.0))

    assert (state.best_step, state.best_score, state.best_loss, state.stale) == (1, 0.0, 9.0, 0)


def test_a_higher_score_beats_a_lower_loss():
    assert after((0.5, 1.0), (0.6, 2.0), (0.5, 0.1)).best_step == 2


def test_among_equal_scores_the_lowest_loss_is_best_and_the_earliest_of_those():
    assert after((0.5, 1.0), (0.5, 0.9), (0.5, 0.9)).best_step == 2


def test_only_a_higher_score_ends_staleness():
    assert after((0.5, 1.0), (0.5, 0.9), (0.4, 0.8)).stale == 2
    assert after((0.5, 1.0), (0.5, 0.9), (0.6, 5.0)).stale == 0


def test_patience_ends_training_at_that_many_stale_evaluations():
    settings = TrainingSettings(patience=2)

    assert after((0.5, 1.0), (0.5, 1.0)).stopped(settings, 0.5).ending is None
    assert after((0.5, 1.0), (0.5, 1.0), (0.4, 1.0)).stopped(settings, 0.4).ending == "stopped/early"


def test_the_target_ends_training_when_it_is_reached():
    settings = TrainingSettings(target=0.9)

    assert after((0.89, 1.0)).stopped(settings, 0.89).ending is None
    assert after((0.9, 1.0)).stopped(settings, 0.9).ending == "stopped/target"


def test_without_rules_nothing_ends_training():
    assert after(*[(0.0, math.inf)] * 100).stopped(TrainingSettings(), 0.0).ending is None
