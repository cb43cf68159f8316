"""What is foreseen from planted numbers, and what is left out."""

import pytest

from regard.benchmark.forecast import Forecast, Limits


def known(limits=Limits(), **values):
    forecast = Forecast(limits)
    for length, seconds in values.items():
        forecast.learn("forward", "seconds", int(length[1:]), seconds)
    return forecast


def test_the_square_is_feared_where_nothing_long_is_known():
    assert known(n64=1.0).expected("forward", "seconds", 256) == pytest.approx(16)
    assert known(n64=1.0, n1024=2.0).expected("forward", "seconds", 4096) == pytest.approx(32)


def test_two_long_lengths_say_how_it_goes_on():
    assert known(n1024=1.0, n2048=2.0).expected("forward", "seconds", 8192) == pytest.approx(8)


def test_no_growth_beyond_the_square_is_believed_nor_any_shrinking():
    assert known(n1024=1.0, n2048=100.0).expected("forward", "seconds", 4096) == pytest.approx(400)
    assert known(n1024=2.0, n2048=1.0).expected("forward", "seconds", 4096) == pytest.approx(1)


def test_a_longer_length_says_nothing_of_a_shorter_one():
    assert known(n4096=1.0).expected("forward", "seconds", 1024) is None


def test_what_would_take_too_long_is_refused_with_both_numbers():
    forecast = known(Limits(seconds=10.0), n1024=1.0, n2048=4.0)

    assert forecast.refusal("forward", 2048) is None
    assert forecast.refusal("forward", 4096) == "It would take about 16 s, and the limit is 10 s."


def test_what_would_need_too_much_memory_is_refused_in_bytes():
    forecast = Forecast(Limits(bytes=2**30))
    forecast.learn("training", "bytes", 1024, 2**28)

    assert forecast.refusal("training", 4096) == "It would take about 4.00 GiB, and the limit is 1.00 GiB."
    assert forecast.refusal("forward", 4096) is None


def test_after_a_lost_process_longer_lengths_are_not_tried():
    forecast = Forecast(Limits())
    forecast.close("forward", 1024, "It was killed.")

    assert forecast.refusal("forward", 256) is None
    assert forecast.refusal("forward", 4096) == "Not tried, as at length 1024: It was killed."
