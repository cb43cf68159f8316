import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as some

from regard.pages.scale import SMALLEST, Scale

SCORE = some.floats(0, 1)


@given(SCORE, SCORE)
def test_a_better_score_never_stands_lower(one, other):
    low, high = sorted((one, other))
    assert Scale().place(low) <= Scale().place(high)


def test_ninety_and_ninety_nine_percent_are_as_far_apart_as_nothing_and_ninety():
    place = Scale().place
    assert place(0.99) - place(0.9) == pytest.approx(place(0.9) - place(0.0))


@given(some.lists(SCORE, min_size=1))
def test_every_score_lies_within_the_limits_of_its_scale(scores):
    scale = Scale.of(scores)
    low, high = scale.limits(scores)
    assert all(low < scale.place(score) < high for score in scores)


@given(some.lists(SCORE, min_size=1))
def test_the_scale_ends_soon_after_the_best_score(scores):
    scale, best = Scale.of(scores), max(scores)
    assert scale.place(1.0) >= scale.place(best)
    assert scale.finest >= SMALLEST
    assert scale.finest <= max(SMALLEST, (1 - best) / 2)


@given(some.floats(0, 0.999), some.floats(0, 0.999), some.integers(1, 12))
def test_ticks_lie_within_and_never_on_one_another(one, other, room):
    scale = Scale()
    low, high = sorted((scale.place(one), scale.place(other)))
    places = [at for at, _ in scale.ticks(low, high, room)]
    assert places == sorted(places)
    assert all(low - 1e-6 <= at <= high + 1e-6 for at in places)
    assert all(b - a >= (high - low) / room - 1e-9 for a, b in itertools.pairwise(places))


@pytest.mark.parametrize("outside", [-0.3, 1.4])
def test_an_interval_may_reach_beyond_what_scores_can_be(outside):
    assert 0 <= Scale().place(outside) <= Scale().place(1.0)
