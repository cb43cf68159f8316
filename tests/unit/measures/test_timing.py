"""Times of calls whose order is known."""

import pytest
import torch

from regard.measures import timing
from regard.measures.timing import time_in_turns

SMALL, LARGE = torch.zeros(40, 40), torch.zeros(320, 320)


def test_a_call_with_500_times_the_work_takes_longer():
    small, large = time_in_turns([lambda: SMALL @ SMALL, lambda: LARGE @ LARGE], rounds=3, seconds=0.005)

    assert small.ratio == 1
    assert large.ratio > 3
    assert large.median_seconds > 3 * small.median_seconds
    assert small.iqr_seconds >= 0


def test_calls_are_timed_in_turns(monkeypatch):
    order = []

    class Recorder:
        def __init__(self, stmt, globals):
            self.call = globals["call"]

        def blocked_autorange(self, min_run_time):
            order.append(self.call())
            return type("Times", (), {"times": [1.0]})

    monkeypatch.setattr("torch.utils.benchmark.Timer", Recorder)
    time_in_turns([lambda: "a", lambda: "b"], rounds=3)

    assert order == ["a", "b"] * 3


def test_a_machine_that_slows_down_changes_times_but_no_ratio():
    # three rounds, each twice as slow as the one before; the second call takes half as long again
    taken = [[[slow], [1.5 * slow]] for slow in (1.0, 2.0, 4.0)]

    first, second = (timing._summary(taken, i) for i in range(2))

    assert (first.ratio, second.ratio) == (1.0, 1.5)
    assert second.median_seconds == pytest.approx(3.0)


def test_measured_one_after_the_other_the_ratio_would_be_wrong():
    """The planted fault: all rounds of one call, then all of the next, on the same slowing machine."""
    first, second = [1.0, 2.0, 4.0], [1.5 * slow for slow in (8.0, 16.0, 32.0)]

    assert sorted(second)[1] / sorted(first)[1] == 12.0
