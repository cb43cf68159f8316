import pytest
from hypothesis import given
from hypothesis import strategies as some

from regard.report.pareto import Offer, pareto


def exact(points):
    """Offers whose costs have no noise."""
    return [Offer(cost, cost, score) for cost, score in points]


POINTS = some.lists(some.tuples(some.integers(0, 6), some.integers(0, 6)), max_size=12).map(exact)
RANGES = some.lists(
    some.builds(
        lambda low, width, score: Offer(low, low + width, score),
        some.integers(0, 9),
        some.integers(0, 4),
        some.integers(0, 6),
    ),
    max_size=12,
)


def beats(one, other):
    costs = one.low <= other.low and one.score >= other.score
    return costs and (one.low, one.score) != (other.low, other.score)


def is_the_front(offers, kept):
    """Those kept are exactly those that nothing beats."""
    free = {i for i, offer in enumerate(offers) if not any(beats(other, offer) for other in offers)}
    return set(kept) == free


@given(POINTS)
def test_without_noise_the_pareto_set_is_what_nothing_beats(offers):
    assert is_the_front(offers, pareto(offers))


@given(RANGES)
def test_the_pareto_set_is_ordered_from_the_cheapest_on(offers):
    costs = [offers[i].low for i in pareto(offers)]
    assert costs == sorted(costs)


@given(RANGES)
def test_something_is_always_beaten_by_nothing(offers):
    assert bool(pareto(offers)) == bool(offers)


@given(RANGES)
def test_a_difference_within_the_noise_buys_no_score(offers):
    """Of two in the set with different scores, the better one costs more beyond doubt."""
    front = [offers[i] for i in pareto(offers)]
    assert all(worse.high < better.low for worse in front for better in front if worse.score < better.score)


def test_twins_whose_latencies_differ_by_noise_are_no_trade_off():
    softmax, twin, dear = Offer(1.1, 4.0, 0.90), Offer(1.0, 3.9, 0.91), Offer(5.0, 6.0, 0.95)

    assert pareto([softmax, twin, dear]) == [1, 2]


@pytest.mark.parametrize(
    "fault",
    [
        lambda offers: list(range(len(offers))),
        lambda offers: [max(range(len(offers)), key=lambda i: offers[i].score)],
        # forgets that of equal costs the best score wins
        lambda offers: [
            i
            for i, one in enumerate(offers)
            if not any(other.low < one.low and other.score >= one.score for other in offers)
        ],
    ],
)
def test_a_faulty_pareto_set_is_caught(fault):
    offers = exact([(1, 1), (1, 3), (2, 2), (3, 5), (3, 5)])
    assert is_the_front(offers, pareto(offers))
    assert not is_the_front(offers, fault(offers))
