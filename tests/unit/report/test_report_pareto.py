import pytest
from hypothesis import given
from hypothesis import strategies as some

from regard.report.pareto import pareto

POINTS = some.lists(some.tuples(some.integers(0, 6), some.integers(0, 6)), max_size=12)


def beats(one, other):
    return one != other and one[0] <= other[0] and one[1] >= other[1]


def is_the_front(points, kept):
    """Those kept are exactly those that nothing beats."""
    free = {i for i, point in enumerate(points) if not any(beats(other, point) for other in points)}
    return set(kept) == free


@given(POINTS)
def test_the_pareto_set_is_what_nothing_beats(points):
    assert is_the_front(points, pareto(points))


@given(POINTS)
def test_the_pareto_set_is_ordered_from_the_cheapest_on(points):
    costs = [points[i][0] for i in pareto(points)]
    assert costs == sorted(costs)


@pytest.mark.parametrize(
    "fault",
    [
        lambda points: list(range(len(points))),
        lambda points: [max(range(len(points)), key=lambda i: points[i][1])],
        # forgets that of equal costs the best score wins
        lambda points: [
            i
            for i, point in enumerate(points)
            if not any(other[0] < point[0] and other[1] >= point[1] for other in points)
        ],
    ],
)
def test_a_faulty_pareto_set_is_caught(fault):
    points = [(1, 1), (1, 3), (2, 2), (3, 5), (3, 5)]
    assert is_the_front(points, pareto(points))
    assert not is_the_front(points, fault(points))
