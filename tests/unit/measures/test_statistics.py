"""Laws of intervals and tests, on simulated data whose truth is known."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import DescrStatsW

from regard.measures.statistics import (
    Interval,
    equivalence,
    holm,
    holm_levels,
    interval,
    paired_interval,
    paired_test,
    t_interval,
)

shares = st.lists(st.floats(0, 1, allow_subnormal=False), min_size=2, max_size=7)


def normal(rows: int, n: int, mean: float = 0.0, seed: int = 0) -> list[list[float]]:
    return np.random.default_rng(seed).normal(mean, 1.0, (rows, n)).tolist()


def covered(of: Callable[[list[float]], Interval], n: int, rows: int) -> float:
    """How often an interval of n normal values of mean 0.3 contains 0.3."""
    found = [of(values) for values in normal(rows, n, 0.3)]
    return sum(each.low <= 0.3 <= each.high for each in found) / rows


# intervals


@pytest.mark.parametrize("n", [3, 5, 8])
def test_intervals_of_few_values_cover_the_mean_95_times_in_100(n):
    assert 0.94 < covered(interval, n, 3000) < 0.96


def test_bootstrap_intervals_come_near_to_that_where_they_are_used():
    assert interval(normal(1, 20)[0]).method == "BCa"
    assert 0.89 < covered(interval, 20, 300) < 0.98


def test_intervals_with_normal_quantiles_would_be_caught():
    def too_narrow(values: list[float]) -> Interval:
        mean, reach = np.mean(values), 1.96 * stats.sem(values)
        return Interval(mean=mean, low=mean - reach, high=mean + reach, method="z")

    assert covered(too_narrow, 5, 3000) < 0.90


def test_the_interval_of_5_values_is_that_of_scipy():
    values = [0.91, 0.93, 0.90, 0.95, 0.94]
    expected = stats.t.interval(0.95, 4, np.mean(values), stats.sem(values))

    found = interval(values)

    assert (found.low, found.high) == pytest.approx(expected)
    assert (found.mean, found.method) == (pytest.approx(np.mean(values)), "t")


def test_one_value_has_a_mean_and_no_interval():
    assert interval([0.7]) == Interval(mean=0.7, low=None, high=None, method="none: one value")


def test_equal_values_have_an_interval_as_wide_as_the_resolution_allows():
    found = interval([0.9] * 5, resolution=0.01)

    assert found.high - found.low == pytest.approx(2 * stats.t.ppf(0.975, 4) * 0.01 / np.sqrt(5))


def test_thirty_equal_values_do_not_reach_the_bootstrap():
    found = interval([0.9] * 30)

    assert (found.low, found.high, found.method) == (pytest.approx(0.9), pytest.approx(0.9), "t")


@pytest.mark.parametrize("values", [[], [0.5, float("nan")], [0.5, float("inf")]])
def test_no_values_and_values_that_are_none_are_refused(values):
    with pytest.raises(ValueError, match="only finite"):
        interval(values)


@pytest.mark.parametrize("n", [5, 25])
def test_shifting_all_values_shifts_the_interval(n):
    (values,) = normal(1, n)

    here, there = interval(values), interval([value + 3 for value in values])

    assert [there.mean, there.low, there.high] == pytest.approx([here.mean + 3, here.low + 3, here.high + 3])


@pytest.mark.parametrize("n", [5, 9, 25])
def test_the_order_of_values_never_matters(n):
    (values,) = normal(1, n, 0.5)
    shuffled = np.random.default_rng(1).permutation(values).tolist()

    assert interval(values) == interval(shuffled)
    assert paired_test(values) == paired_test(shuffled)
    assert equivalence(values, 0.7) == equivalence(shuffled, 0.7)


# the paired test


@pytest.mark.parametrize(("n", "rows", "kind"), [(3, 3000, "t-test"), (5, 3000, "t-test"), (8, 1000, "flip")])
def test_the_paired_test_finds_nothing_95_times_in_100_where_nothing_is(n, rows, kind):
    found = [paired_test(values) for values in normal(rows, n)]

    assert 0.03 < np.mean([each.p <= 0.05 for each in found]) < 0.065
    assert all(kind in each.test for each in found)


def test_the_paired_test_is_that_of_scipy():
    (values,) = normal(1, 6, 0.5)

    assert paired_test(values).p == pytest.approx(stats.ttest_1samp(values, 0).pvalue)


def test_the_sign_flip_test_counts_the_flips_that_are_as_extreme():
    values = [0.3, 0.1, -0.1, 0.2, 0.4, 0.25, -0.05, 0.15]
    sums = [abs(np.dot(signs, values)) for signs in itertools.product((-1, 1), repeat=8)]

    found = paired_test(values)

    assert found.p == pytest.approx(np.mean(np.array(sums) >= abs(sum(values)) - 1e-12))
    assert (found.test, found.pairs) == ("exact sign-flip test", 8)


def test_a_test_that_can_never_reach_the_level_is_not_used():
    same_sign = [0.1, 0.2, 0.15, 0.12, 0.18, 0.11, 0.14, 0.16]

    assert paired_test(same_sign, level=0.05).p == pytest.approx(2 / 256)
    assert paired_test(same_sign, level=0.05 / 13).test == "paired t-test"
    assert paired_test(same_sign[:5]).test == "paired t-test"
    assert paired_test(same_sign[:5]).p < 0.0625


def test_with_many_pairs_the_flips_are_drawn_and_the_draw_repeats():
    (values,) = normal(1, 30, 0.3)

    assert paired_test(values) == paired_test(values)
    assert paired_test(values).test == "random sign-flip test"
    assert paired_test(values).p == pytest.approx(stats.ttest_1samp(values, 0).pvalue, abs=0.02)


def test_an_unpaired_test_would_miss_what_the_seeds_hide():
    rng = np.random.default_rng(0)
    seeds = rng.normal(0, 1.0, (300, 5))
    ours = seeds + 0.3 + rng.normal(0, 0.1, (300, 5))
    base = seeds + rng.normal(0, 0.1, (300, 5))

    paired = np.mean([paired_test(row.tolist()).p < 0.05 for row in ours - base])
    unpaired = np.mean(stats.ttest_ind(ours, base, axis=1).pvalue < 0.05)

    assert paired > 0.9
    assert unpaired < 0.2


@pytest.mark.parametrize("differences", [[], [0.3]])
def test_fewer_than_2_pairs_cannot_be_tested(differences):
    found = paired_test(differences)

    assert (found.p, found.pairs) == (None, len(differences))
    assert found.test.startswith("none")
    assert equivalence(differences, 0.1) is None


@pytest.mark.parametrize("n", [2, 5, 8, 30])
def test_no_difference_at_all_is_not_significant(n):
    assert paired_test([0.0] * n, resolution=0.01).p == 1
    assert paired_test([0.0] * n).p == 1


def test_all_against_nothing_in_every_seed_is_significant():
    assert paired_test([1.0] * 5, resolution=1 / 360).p < 1e-9
    assert paired_test([1.0] * 5).p == 0


def test_one_test_sample_in_every_seed_is_not():
    assert paired_test([1 / 360] * 5, resolution=1 / 360).p > 0.05
    assert paired_test([1 / 360] * 5).p == 0


@given(shares, st.sampled_from([0.0, 0.01]))
def test_every_p_is_a_probability_whatever_the_differences(differences, resolution):
    found = [
        paired_test(differences, resolution=resolution).p,
        equivalence(differences, 0.01, resolution=resolution),
    ]

    assert all(0 <= p <= 1 for p in found)


@given(shares)
def test_exchanging_the_sides_changes_no_p(differences):
    exchanged = [-difference for difference in differences]

    assert paired_test(exchanged).p == pytest.approx(paired_test(differences).p)
    assert equivalence(exchanged, 0.1) == pytest.approx(equivalence(differences, 0.1))


# equivalence


@pytest.mark.parametrize("mean", [0.0, 0.5, -0.8, 2.0])
def test_equivalence_is_two_one_sided_t_tests(mean):
    (values,) = normal(1, 6, mean)
    above = stats.ttest_1samp(values, -1, alternative="greater").pvalue
    below = stats.ttest_1samp(values, 1, alternative="less").pvalue

    assert equivalence(values, 1) == pytest.approx(max(above, below))
    assert equivalence(values, 1) == pytest.approx(DescrStatsW(values).ttost_mean(-1, 1)[0])


def test_a_difference_as_large_as_the_margin_is_called_equivalent_at_most_5_times_in_100():
    found = [equivalence(values, 1.0) <= 0.05 for values in normal(2000, 5, 1.0)]

    assert 0.035 < np.mean(found) < 0.065


def test_not_significant_is_not_equivalent():
    noisy = [0.3, -0.25, 0.1, -0.2, 0.15]

    assert paired_test(noisy).p > 0.5
    assert equivalence(noisy, 0.01) > 0.4


def test_no_difference_at_all_is_equivalent():
    assert equivalence([0.0] * 5, 0.01, resolution=1 / 360) < 0.001
    assert equivalence([0.0] * 5, 0.01) == 0


@pytest.mark.parametrize("margin", [0.0, -0.1, float("nan")])
def test_a_margin_must_be_positive(margin):
    with pytest.raises(ValueError, match="positive"):
        equivalence([0.1, 0.2], margin)


# many tests


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_what_was_not_tested_stays_so_and_does_not_count():
    assert holm([0.01, None, 0.04]) == [pytest.approx(0.02), None, pytest.approx(0.04)]
    assert holm([None, None]) == [None, None]
    assert holm([]) == []


def test_holm_keeps_the_chance_of_any_false_find_where_uncorrected_p_do_not():
    rng = np.random.default_rng(0)
    rounds = [rng.normal(size=(10, 5)) - rng.normal(size=5) for _ in range(400)]
    raw = [[paired_test(row.tolist()).p for row in differences] for differences in rounds]

    assert np.mean([min(p) <= 0.05 for p in raw]) > 0.15
    assert np.mean([min(holm(p)) <= 0.05 for p in raw]) < 0.07


def test_holm_is_that_of_statsmodels():
    p_values = np.random.default_rng(0).uniform(0, 0.1, 12).tolist()

    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1].tolist())


def test_tests_that_cannot_pass_make_the_others_harder():
    assert holm([0.01, 0.02], standing=2) == pytest.approx([0.04, 0.06])
    assert holm_levels([0.01, 0.02], 0.05, standing=2) == pytest.approx([0.05 / 4, 0.05 / 3])


def test_a_level_is_reached_just_where_the_adjusted_p_is():
    rng = np.random.default_rng(0)
    for _ in range(100):
        p_values = (rng.uniform(0, 1, 6) ** 3).tolist()
        for p, adjusted, level in zip(p_values, holm(p_values), holm_levels(p_values, 0.05), strict=True):
            assert (p <= level) == (adjusted <= 0.05)


# intervals of differences


@pytest.mark.parametrize("n", [5, 8, 12, 20])
@pytest.mark.parametrize("level", [0.05, 0.01])
def test_an_interval_leaves_out_zero_just_where_the_test_finds_a_difference(n, level):
    for values in normal(60, n, 0.6):
        low, high = paired_interval(values, level, reach=level)

        assert (paired_test(values, level=level).p <= level) == (not low <= 0 <= high)


@pytest.mark.parametrize("n", [5, 10])
def test_intervals_of_differences_cover_the_mean(n):
    found = [paired_interval(values, 0.05) for values in normal(1000, n, 0.3)]

    assert 0.93 < np.mean([low <= 0.3 <= high for low, high in found]) < 0.97


def test_one_pair_has_no_interval():
    assert paired_interval([0.1], 0.05) is None
    assert t_interval([0.1], 0.05) is None
