"""How many seeds an open verdict would likely need."""

import numpy as np
import pytest
from scipy import stats

from regard.measures.power import Levels, seeds_needed

LEVELS = Levels(0.05, 0.1)


def drawn(mean, deviation, n=5):
    """Values of exactly this mean and deviation."""
    values = np.linspace(-1, 1, n)
    return (mean + deviation * values / values.std(ddof=1)).tolist()


def test_with_so_many_seeds_the_difference_is_found_four_times_in_five():
    needed = seeds_needed(drawn(0.01, 0.015), 0.001, LEVELS)

    values = np.random.default_rng(0).normal(0.01, 0.015, (4000, needed))
    assert np.mean(stats.ttest_1samp(values, 0, axis=1).pvalue <= 0.05) == pytest.approx(0.8, abs=0.04)


def test_with_so_many_seeds_equivalence_is_shown_where_there_is_no_difference():
    assert 5 < seeds_needed(drawn(0.0, 0.01), 0.01, LEVELS) < 12


def test_a_difference_as_large_as_the_margin_is_found_as_one():
    assert seeds_needed(drawn(0.01, 0.01), 0.01, LEVELS) < 20


def test_what_a_thousand_seeds_would_not_decide_has_no_number():
    assert seeds_needed(drawn(0.001, 1.0), 0.01, LEVELS) is None
    assert seeds_needed([0.1], 0.01, LEVELS) is None


def test_without_hope_of_equivalence_only_a_difference_counts():
    assert seeds_needed(drawn(0.0, 0.01), 0.01, LEVELS._replace(equivalence=0.0)) is None
