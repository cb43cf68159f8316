"""Readers follow runs while they are performed, in a process of their own or in this one."""

import pytest
from pools import CPU, ends, local, trainings

from regard.core.measurement import Measurement
from regard.experiment import FollowedPool, Job, Pool, Reader, SerialPool
from regard.store import Store


class Remembers(Reader):
    """Remembers what it was told, in order."""

    def __init__(self):
        self.heard = []

    def begin(self, run):
        self.heard.append(("begin", run))

    def read(self, run, measurement):
        self.heard.append((measurement, run))

    def end(self, run, outcome):
        self.heard.append((outcome, run))

    def close(self):
        self.heard.append(("close", None))

    def of(self, run):
        return [what for what, its in self.heard if its == run]


class Fails(Remembers):
    """Fails where it is told to."""

    def __init__(self, where):
        super().__init__()
        self.where = where

    def begin(self, run):
        super().begin(run)
        self._fail("begin")

    def read(self, run, measurement):
        super().read(run, measurement)
        self._fail("read")

    def end(self, run, outcome):
        super().end(run, outcome)
        self._fail("end")

    def close(self):
        super().close()
        self._fail("close")

    def _fail(self, where):
        if where == self.where:
            raise OSError("no space\nleft")


@pytest.mark.parametrize("pool_of", [lambda: local(2), lambda: SerialPool(CPU)], ids=["local", "serial"])
def test_every_run_begins_is_read_and_ends(store: Store, describe, pool_of) -> None:
    runs, reader = [describe(seed=seed) for seed in range(2)], Remembers()
    with FollowedPool(pool_of(), [reader], print) as pool:
        ends(pool, trainings(runs, store))
    for run in runs:
        first, *measured, last = reader.of(run)
        assert (first, last) == ("begin", "finished")
        assert sorted(measured, key=order) == sorted(store.measurements(run.digest), key=order)
    assert reader.heard[-1] == ("close", None)


def order(measurement: Measurement):
    return measurement.step, measurement.name


def test_a_measurement_is_read_before_the_next_is_taken(store: Store, describe) -> None:
    run, reader = describe(), Remembers()
    with FollowedPool(SerialPool(CPU), [reader], print) as pool:
        pool.submit(*trainings([run], store))
        for number, _ in enumerate(pool.report(), start=1):
            if number < 20:
                assert len(reader.of(run)) == number + 1
                assert len(store.measurements(run.digest)) == number


def test_what_ended_before_is_not_read_again(store: Store, describe) -> None:
    reader = Remembers()
    for readers in ([], [reader]):
        with FollowedPool(SerialPool(CPU), readers, print) as pool:
            ends(pool, trainings([describe()], store))
    assert reader.heard == [("close", None)]


@pytest.mark.parametrize("where", ["begin", "read", "end", "close"])
def test_a_reader_that_fails_costs_neither_a_training_nor_another_reader(
    store: Store, describe, where: str
) -> None:
    runs = [describe(seed=seed) for seed in range(2)]
    bad, good, told = Fails(where), Remembers(), []
    with FollowedPool(SerialPool(CPU), [bad, good], told.append) as pool:
        assert [ended.outcome for ended in ends(pool, trainings(runs, store))] == ["finished"] * 2
    assert told == ["Fails follows the runs no more: OSError: no space left. Training goes on."]
    assert [good.of(run)[-1] for run in runs] == ["finished"] * 2
    assert bad.heard[-1] != ("close", None) or where == "close"


def test_notes_are_told(store: Store, describe) -> None:
    told: list[str] = []
    with FollowedPool(local(), [], told.append) as pool:
        ends(pool, trainings([describe("entmax", seed=seed) for seed in range(2)], store, 2))
    assert len(told) == 1 and told[0].startswith("2 seeds are trained one by one")


def test_jobs_go_through_to_the_pool_that_is_followed(describe) -> None:
    inner: Pool = SerialPool(CPU)
    with FollowedPool(inner, [], print) as pool:
        assert pool.execution is inner.execution
        assert [ended.outcome for ended in ends(pool, [Job((describe(),))])] == ["finished"]
