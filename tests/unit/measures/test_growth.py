"""Exponents and crossovers of planted numbers."""

import math

import numpy as np
import pytest
from scipy import stats

from regard.measures.growth import Crossing, Range, crossing_of, power_of


def ranges(values, noise=0.0):
    """Times with a range of so much on each side."""
    return {n: Range(value, value - noise, value + noise) for n, value in values.items()}


def test_a_power_law_is_found_exactly():
    found = power_of({n: 3e-5 * n**1.5 for n in (1024, 2048, 4096, 8192)})

    assert found.exponent == pytest.approx(1.5)
    assert found.low == pytest.approx(1.5, abs=1e-6)
    assert found.high == pytest.approx(1.5, abs=1e-6)


def test_exponent_and_interval_are_those_of_scipy():
    rng = np.random.default_rng(0)
    points = {n: n**2.0 * math.exp(rng.normal(0, 0.2)) for n in (1024, 2048, 4096, 8192, 16384)}
    expected = stats.linregress(np.log(list(points)), np.log(list(points.values())))
    reach = stats.t.ppf(0.975, len(points) - 2) * expected.stderr

    found = power_of(points)

    assert found.exponent == pytest.approx(expected.slope)
    assert (found.low, found.high) == pytest.approx((expected.slope - reach, expected.slope + reach))


def test_intervals_hold_the_true_exponent_95_times_in_100():
    rng = np.random.default_rng(1)
    lengths = (1024, 2048, 4096, 8192)
    held = 0
    for _ in range(2000):
        found = power_of({n: n**1.2 * math.exp(rng.normal(0, 0.3)) for n in lengths})
        held += found.low <= 1.2 <= found.high

    assert 0.93 < held / 2000 < 0.97


def test_two_lengths_have_an_exponent_and_no_interval_and_one_has_none():
    assert power_of({1024: 1.0, 4096: 16.0}).exponent == pytest.approx(2)
    assert power_of({1024: 1.0, 4096: 16.0}).low is None
    assert power_of({1024: 1.0}) is None
    assert power_of({1024: 0.0, 4096: 0.0}) is None


def test_where_powers_meet_is_found_between_the_measured_lengths():
    """n² / 1000 and n meet at n = 1000."""
    own = ranges({n: float(n) for n in (64, 256, 1024, 4096)})
    other = ranges({n: n**2 / 1000 for n in (64, 256, 1024, 4096)})

    assert crossing_of(own, other) == Crossing(1000, interpolated=True, up_to=4096)


def test_what_is_never_faster_says_up_to_where():
    own = ranges({64: 2.0, 256: 8.0, 1024: 32.0, 4096: 128.0})
    other = ranges({64: 1.0, 256: 4.0, 1024: 16.0})

    assert crossing_of(own, other) == Crossing(None, interpolated=False, up_to=1024)


def test_a_lead_that_is_lost_again_does_not_count():
    own = ranges({64: 1.0, 256: 1.0, 1024: 9.0, 4096: 1.0})
    other = ranges({64: 2.0, 256: 2.0, 1024: 2.0, 4096: 2.0})

    assert crossing_of(own, other).length > 1024


def test_what_is_faster_everywhere_is_so_from_the_shortest_length_on():
    own, other = ranges({64: 1.0, 256: 1.0}), ranges({64: 2.0, 256: 2.0})

    assert crossing_of(own, other) == Crossing(64, interpolated=False, up_to=256)


def test_ranges_that_overlap_are_no_lead():
    own, other = ranges({64: 1.0, 256: 1.0}, noise=0.3), ranges({64: 1.2, 256: 1.8}, noise=0.3)

    # the medians never cross, so that nothing lies in between
    assert crossing_of(own, other) == Crossing(256, interpolated=False, up_to=256)


def test_without_a_common_length_nothing_is_said():
    assert crossing_of(ranges({64: 1.0}), ranges({256: 1.0})) is None
