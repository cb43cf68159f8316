"""Looks together err no more often than one."""

import numpy as np
import pytest
from scipy import stats

from regard.measures.looks import MOST, SCHEDULE, Looks, spent

LOOKS = Looks((5, 8, 12, 20))


def crossings(level, looks=LOOKS):
    """How often sums of normal values have crossed a boundary by each look."""
    sums = np.random.default_rng(0).normal(size=(100_000, looks.seeds[-1])).cumsum(axis=1)
    crossed, found = np.zeros(len(sums), dtype=bool), []
    for look, seeds in enumerate(looks.seeds):
        bound = stats.norm.isf(looks.nominal(look, level) / 2) * np.sqrt(seeds)
        crossed |= np.abs(sums[:, seeds - 1]) >= bound
        found.append(crossed.mean())
    return found


@pytest.mark.parametrize("level", [0.05, 0.3])
def test_by_each_look_as_much_is_spent_as_may_be(level):
    expected = [spent(seeds, level) for seeds in LOOKS.seeds]

    assert crossings(level) == pytest.approx(expected, abs=0.003)
    assert expected[-1] < level


def test_looks_that_each_take_the_whole_level_would_be_caught():
    sums = np.random.default_rng(0).normal(size=(20_000, 20)).cumsum(axis=1)
    crossed = [np.abs(sums[:, seeds - 1]) >= 1.96 * np.sqrt(seeds) for seeds in LOOKS.seeds]

    assert np.any(crossed, axis=0).mean() > 0.1


@pytest.mark.parametrize("look", range(4))
@pytest.mark.parametrize("level", [1e-6, 0.05 / 9, 0.05])
def test_the_p_that_counts_the_looks_undoes_the_nominal_level(look, level):
    assert LOOKS.overall(look, LOOKS.nominal(look, level)) == pytest.approx(level, rel=1e-6)


def test_a_single_look_spends_all_of_the_level():
    assert Looks((5,)).nominal(0, 0.05) == 0.05
    assert Looks((5,)).overall(0, 0.2) == 0.2


@pytest.mark.parametrize("p", [0.0, 1e-30, 1.0])
def test_every_p_stays_a_probability(p):
    assert 0 <= LOOKS.overall(0, p) <= 1


def test_earlier_looks_do_not_depend_on_how_far_one_may_go():
    further = Looks((*SCHEDULE, MOST))

    assert [further.nominal(k, 0.05) for k in range(4)] == [LOOKS.nominal(k, 0.05) for k in range(4)]
