"""One process that answers one question after another."""

import os
import time

import pytest

from regard.core.errors import InvalidOption, RegardError
from regard.experiment import Lost, Overdue
from regard.experiment.station import Station

KEPT = []


def keep(value):
    KEPT.append(value)
    return os.getpid(), list(KEPT)


def fail(kind):
    raise kind("no\nway")


def end():
    os._exit(7)


@pytest.fixture
def station():
    with Station(seconds=10) as station:
        yield station


def test_questions_are_answered_by_one_process_that_keeps_what_it_has(station):
    first, second = station.ask(keep, 1), station.ask(keep, 2)

    assert first[0] == second[0] != os.getpid()
    assert (first[1], second[1]) == ([1], [1, 2])
    assert KEPT == []


def test_what_a_question_raises_is_raised_here_in_a_line_and_the_process_stays(station):
    here = station.ask(os.getpid)

    with pytest.raises(InvalidOption, match="no"):
        station.ask(fail, InvalidOption)
    with pytest.raises(RegardError, match="ValueError: no way"):
        station.ask(fail, ValueError)

    assert station.ask(os.getpid) == here


def test_after_a_process_is_lost_the_next_question_has_another(station):
    before = station.ask(os.getpid)

    with pytest.raises(Lost, match="status 7"):
        station.ask(end)

    assert station.ask(os.getpid) != before


def test_an_answer_that_takes_too_long_is_given_up():
    with Station(seconds=0.5) as station:
        with pytest.raises(Overdue, match=r"0\.5 seconds"):
            station.ask(time.sleep, 60)
        assert station.ask(os.getpid) != os.getpid()
