"""One process that answers one question after another."""

import os
import sys
import time

import pytest

from regard.core.errors import InvalidOption, RegardError
from regard.core.execution import Execution
from regard.experiment import Lost, Overdue
from regard.experiment.processes import LostMachine
from regard.experiment.station import LocalStation
from regard.experiment.station_for import station_for

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
    with LocalStation(seconds=10) as station:
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
    with LocalStation(seconds=0.5) as station:
        with pytest.raises(Overdue, match=r"0\.5 seconds"):
            station.ask(time.sleep, 60)
        assert station.ask(os.getpid) != os.getpid()


ON_RAY = Execution(device="cpu", pool="ray", timeout_seconds=20)


def test_a_station_on_a_cluster_needs_ray(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(RegardError, match=r"pip install 'regard\[ray\]'"):
        station_for(ON_RAY)


@pytest.mark.long
@pytest.mark.filterwarnings("default")  # Ray itself leaves files and processes to the collector
def test_one_machine_of_a_cluster_answers_all_questions_and_is_not_replaced_when_it_is_lost():
    ray = pytest.importorskip("ray")
    from ray.cluster_utils import Cluster  # noqa: PLC0415

    size = {"object_store_memory": 80 * 2**20, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **size})
    worker = cluster.add_node(num_cpus=1, **size)
    ray.init(address=cluster.address, log_to_driver=False)
    try:
        with pytest.raises(InvalidOption, match="threads is at most 1"):
            station_for(ON_RAY, threads=2)
        with station_for(ON_RAY) as station:
            here = station.ask(os.getpid)
            assert station.ask(os.getpid) == here != os.getpid()
            with pytest.raises(RegardError, match="ValueError"):
                station.ask(int, "no number")
            with pytest.raises(Lost, match="status 7"):
                station.ask(os._exit, 7)
            assert station.ask(os.getpid) != here
            cluster.remove_node(worker, allow_graceful=False)
            with pytest.raises(LostMachine, match="Start the same command again"):
                while True:  # what Ray had started there ends a moment later
                    station.ask(time.sleep, 0.1)
    finally:
        ray.shutdown()
        cluster.shutdown()
