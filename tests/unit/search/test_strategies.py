"""What strategies do with failures, limits and what they are told."""

import math
from random import Random

import pytest

from regard.core.errors import InvalidOption
from regard.search.archive import Archive
from regard.search.candidate import Judged
from regard.search.promotion import decide
from regard.search.ranking import fronts, hypervolume
from regard.search.strategies import STRATEGIES
from regard.search.strategies.best_of_n import BestOfN
from regard.search.strategies.mu_plus_lambda import MuPlusLambda
from regard.search.strategies.nsga2 import Nsga2

NAMES = STRATEGIES.names()


@pytest.mark.parametrize("name", NAMES)
def test_what_failed_or_lacks_a_loss_is_never_a_parent(name) -> None:
    strategy = STRATEGIES.build(name)
    strategy.tell([Judged(i, None, reason="it raised") for i in range(1, 40)], {})
    strategy.tell([Judged(0, (0.5, 1.0))], {})
    for number in range(60, 100):
        assert set(strategy.ask(number, Random(number)).parents) <= {0}


@pytest.mark.parametrize("name", NAMES)
def test_asking_changes_nothing(name) -> None:
    strategy = STRATEGIES.build(name)
    strategy.tell([Judged(i, (float(i), -float(i))) for i in range(60)], {})
    first = [strategy.ask(number, Random(number)) for number in range(60, 80)]
    assert first == [strategy.ask(number, Random(number)) for number in range(60, 80)]


def test_a_loss_that_is_not_finite_is_refused_before_it_is_ranked() -> None:
    with pytest.raises(AssertionError):
        Judged(0, (math.nan, 1.0))
    with pytest.raises(AssertionError):
        fronts([(math.nan, 1.0), (0.0, 0.0)])


def test_limits_come_first() -> None:
    strategy = Nsga2(population=2, rivals=8)
    strategy.tell(
        [Judged(0, (0.0, 0.0), violation=0.5), Judged(1, (1.0, 1.0)), Judged(2, (0.0, 0.0), violation=0.1)],
        {},
    )
    assert list(strategy._survivors) == [1, 2]


def test_what_exceeds_a_limit_or_failed_is_not_on_the_front() -> None:
    archive = Archive()
    archive.add([Judged(0, (1.0, 1.0)), Judged(1, (0.0, 0.0), violation=0.1), Judged(2, None)])
    assert [each.number for each in archive.front] == [0]


def test_a_member_of_the_front_that_turns_out_worse_frees_others() -> None:
    archive = Archive()
    archive.add([Judged(0, (0.0, 1.0)), Judged(1, (0.5, 1.0))])
    assert [each.number for each in archive.front] == [0]
    archive.add([Judged(0, (0.9, 1.0), repeats=1)])
    assert [each.number for each in archive.front] == [1]


def test_mu_plus_lambda_keeps_the_best_by_the_first_objective() -> None:
    strategy = MuPlusLambda(mu=1, children=4)
    strategy.tell([Judged(0, (0.5, 0.0)), Judged(1, (0.1, 9.0))], {})
    assert strategy.ask(9, Random(0)).parents == (1,)


def test_best_of_n_knows_the_start_alone() -> None:
    strategy = BestOfN(steps=3)
    strategy.tell([Judged(7, (0.0,))], {})
    asked = [strategy.ask(number, Random(number)) for number in range(1, 50)]
    assert {each.parents for each in asked} == {(0,)}
    assert {each.steps for each in asked} == {1, 2, 3}


def test_at_most_half_are_dropped_and_a_tenth_of_those_go_on() -> None:
    scores = [i / 1000 for i in range(1000)]
    kept = [decide(i, score, scores, seed=0).promoted for i, score in enumerate(scores)]
    assert all(kept[500:])
    assert 25 <= sum(kept[:500]) <= 75
    assert all(decide(0, score, scores, seed).promoted for score in scores[:9] for seed in range(9))


def test_the_hypervolume_is_that_of_the_dominated_part() -> None:
    assert hypervolume([(0.0, 0.5), (0.5, 0.0)], (1.0, 1.0)) == pytest.approx(0.75)
    assert hypervolume([], (1.0, 1.0)) == 0.0


@pytest.mark.parametrize("name", NAMES)
def test_options_out_of_range_are_refused(name) -> None:
    for option in STRATEGIES.options(name):
        with pytest.raises(InvalidOption, match="at least 1"):
            STRATEGIES.build(name, **{option: 0})
