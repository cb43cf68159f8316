import math

import pytest

from regard.core.measurement import Measurement
from regard.pages.bands import LONGEST, band


def run(*values: float, every: int = 10):
    return [Measurement(every * (i + 1), "validation/score", value) for i, value in enumerate(values)]


def test_a_band_goes_from_the_lowest_to_the_highest_seed_with_the_mean_between():
    found = band([run(0.1, 0.5), run(0.3, 0.9), run(0.2, 0.1)])
    assert found.steps == (10, 20)
    assert found.mean == pytest.approx((0.2, 0.5))
    assert (found.low, found.high) == ((0.1, 0.1), (0.3, 0.9))


def test_a_band_ends_where_the_first_seed_ends():
    assert band([run(0.1, 0.2, 0.3), run(0.1, 0.2)]).steps == (10, 20)


def test_seeds_without_measurements_are_left_out():
    assert band([run(0.1, 0.2), []]) == band([run(0.1, 0.2)])
    assert not band([[], []])


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_values_that_are_not_finite_are_left_out(odd):
    assert band([run(0.1, odd, 0.3)]).steps == (10, 30)


@pytest.mark.parametrize("length", [LONGEST, LONGEST + 1, 1_000, 7_919])
def test_a_long_curve_is_thinned_and_loses_neither_its_extremes_nor_its_end(length):
    values = [math.sin(i / 50) * i for i in range(length)]
    found = band([run(*values)])
    assert len(found.steps) <= LONGEST
    assert found.steps[-1] == 10 * length
    assert (min(found.low), max(found.high)) == (min(values), max(values))
    assert all(low <= mean <= high for low, mean, high in zip(found.low, found.mean, found.high, strict=True))
