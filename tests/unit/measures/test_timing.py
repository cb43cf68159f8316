"""Times of calls whose order is known."""

import torch

from regard.measures.timing import seconds_of, summarize

SMALL, LARGE = torch.zeros(40, 40), torch.zeros(320, 320)


def test_a_call_with_500_times_the_work_takes_longer():
    small, large = (seconds_of(lambda matrix=each: matrix @ matrix, 0.005) for each in (SMALL, LARGE))

    assert large > 3 * small > 0


def test_a_call_that_takes_longer_than_its_share_is_made_a_few_times_only():
    calls = []
    seconds_of(lambda: calls.append(torch.zeros(3000, 3000).exp()), 0.001)

    assert 1 < len(calls) < 10


def test_a_machine_that_slows_down_changes_times_but_no_ratio():
    slowing = [1.0, 2.0, 4.0]
    found = summarize([1.5 * slow for slow in slowing], slowing)

    assert (found.low, found.median, found.high, found.ratio) == (1.5, 3.0, 6.0, 1.5)


def test_measured_one_after_the_other_the_ratio_would_be_wrong():
    """The planted fault: all rounds of one call, then all of the next, on the same slowing machine."""
    first, second = [1.0, 2.0, 4.0], [1.5 * slow for slow in (8.0, 16.0, 32.0)]

    assert summarize(second, first).ratio == 12.0
