"""When a run gets somewhere, and when half of them do."""

import math

from hypothesis import given
from hypothesis import strategies as st

from regard.core.measurement import Measurement
from regard.measures.convergence import median_steps, steps_to

CURVE = [Measurement(step, "validation/score", value) for step, value in ((10, 0.2), (20, 0.6), (30, 0.5))]


def test_the_first_step_at_the_target_counts_even_if_the_curve_falls_again():
    assert steps_to(CURVE, 0.55) == 20


def test_reaching_the_target_exactly_is_reaching_it():
    assert steps_to(CURVE, 0.6) == 20


def test_a_target_that_is_never_reached_has_no_step():
    assert steps_to(CURVE, 0.61) is None
    assert steps_to([], 0.0) is None


def test_a_curve_that_is_not_a_number_reaches_nothing():
    assert steps_to([Measurement(10, "validation/score", math.nan)], 0.0) is None


def test_a_higher_target_is_never_reached_sooner():
    reached = [steps_to(CURVE, target / 100) or math.inf for target in range(100)]

    assert reached == sorted(reached)


def test_never_is_later_than_any_step():
    assert median_steps([10, None, 30]) == 30
    assert median_steps([10, None, None]) is None
    assert median_steps([10, 20, 30, None]) == 25
    assert median_steps([10, 20, None, None]) is None
    assert median_steps([]) is None


@given(st.lists(st.none() | st.integers(1, 10**6), max_size=9), st.randoms())
def test_the_order_of_seeds_never_matters(steps, random):
    shuffled = random.sample(steps, len(steps))

    assert median_steps(shuffled) == median_steps(steps)
