"""Many runs on local processes: one that raises, hangs or dies costs no other."""

import multiprocessing
import time

import pytest

from regard.core.errors import InvalidOption, RegardError, Unwritable
from regard.experiment import Report, Workers, jobs, perform
from regard.experiment.claim import claimed
from regard.store import Store


def test_whatever_befalls_a_run_costs_no_other(store: Store, describe) -> None:
    good = [describe(seed=seed) for seed in range(3)]
    bad = {
        describe("Raises").digest: "ValueError: the first line and the second",
        describe("Ends", how="exit").digest: "SystemExit: 3",
        describe("Ends", how="killed").digest: "killed, as happens when memory runs out",
        describe("Ends", how="crash").digest: "ended by SIGSEGV",
        describe("Ends", how="status").digest: "ended by itself with status 7",
        describe("Ends", how="deaf").digest: "exceeded its time limit of 8 seconds",
        describe("Slow", seconds=60.0).digest: "exceeded its time limit of 8 seconds",
    }
    ways = [describe("Ends", how=how) for how in ("exit", "killed", "crash", "status", "deaf")]
    slow = describe("Slow", seconds=60.0)
    runs = [
        ways[4],
        good[0],
        *ways[:4],
        good[1],
        slow,
        describe("Raises"),
        describe("Diverges"),
        good[2],
        good[0],
    ]
    with Workers(store, 2, timeout_seconds=8, device="cpu") as workers:
        reports = {report.digest: report for report in workers.perform(runs)}
        assert reports.keys() == {run.digest for run in runs}
        for digest, line in bad.items():
            assert reports[digest].outcome == "failed"
            assert line in reports[digest].detail and "\n" not in reports[digest].detail
            assert store.outcome(digest) == "failed"
            assert line in store.events(digest)[-1].detail
        assert [reports[run.digest] for run in good] == [Report(run.digest, "finished") for run in good]
        assert reports[describe("Diverges").digest].outcome == "diverged"

        tested = {
            report.digest: report for report in workers.examine([*(run.digest for run in good), slow.digest])
        }
        assert [tested[run.digest].outcome for run in good] == ["finished"] * 3
        assert tested[slow.digest].outcome == "failed" and "not finished" in tested[slow.digest].detail
        assert all(store.test(run.digest) for run in good)


def test_workers_find_what_this_process_finds(store: Store, describe, tmp_path) -> None:
    run = describe()
    with Workers(store, device="cpu") as workers:
        assert list(workers.perform([run])) == [Report(run.digest, "finished")]
    with Store(tmp_path / "other") as other:
        perform(run, other, "cpu")
        for name in ("train/loss", "validation/score"):
            assert store.measurements(run.digest, name) == other.measurements(run.digest, name)
        mine, theirs = store.versions(run.digest), other.versions(run.digest)
        assert mine == theirs and mine["threads"] == 1


def test_what_has_ended_before_starts_no_process(store: Store, describe) -> None:
    run = describe()
    perform(run, store, "cpu")
    with Workers(store, device="cpu") as workers:
        assert list(workers.perform([run])) == [Report(run.digest, "finished")]
        assert list(workers.perform([])) == list(workers.examine([])) == []
        assert multiprocessing.active_children() == []


def test_a_run_that_another_command_performs_is_left_to_it(store: Store, describe) -> None:
    busy, free = describe(seed=0), describe(seed=1)
    with Workers(store, device="cpu") as workers:
        with claimed(store.folder_of(busy.digest)):
            reports = workers.perform([busy, free])
            assert next(reports) == Report(free.digest, "finished")
            store.record(busy.digest, "started", "{}")
            store.record(busy.digest, "finished")
        assert list(reports) == [Report(busy.digest, "finished")]
    assert store.measurements(busy.digest) == []


def test_killed_idle_processes_are_replaced(store: Store, describe) -> None:
    with Workers(store, 2, device="cpu") as workers:
        assert next(workers.perform([describe(seed=0)])).outcome == "finished"
        processes = multiprocessing.active_children()
        assert len(processes) == 2
        for process in processes:
            process.kill()
        time.sleep(0.5)
        assert next(workers.perform([describe(seed=1)])).outcome == "finished"


def test_processes_that_cannot_start_are_one_line(store: Store, describe, monkeypatch) -> None:
    monkeypatch.setattr(jobs, "begin", exit_at_once)
    with (
        pytest.raises(RegardError, match="end as soon as they start"),
        Workers(store, device="cpu") as workers,
    ):
        list(workers.perform([describe()]))


def exit_at_once() -> None:
    import os  # noqa: PLC0415

    os._exit(1)


def test_leaving_early_ends_what_is_running(store: Store, describe) -> None:
    slow = describe("Slow", seconds=60.0)
    start = time.monotonic()
    with Workers(store, 2, device="cpu") as workers:
        for report in workers.perform([slow, describe()]):
            assert report.digest == describe().digest
            break
    assert time.monotonic() - start < 50
    assert store.outcome(slow.digest) is None
    with claimed(store.folder_of(slow.digest), 5.0):
        pass


def test_a_store_that_fails_ends_it_all_in_one_line(small_disk, describe) -> None:
    runs = [describe(seed=seed, steps=10_000) for seed in range(4)]
    with Store(small_disk) as store:
        with pytest.raises(Unwritable) as error, Workers(store, 2, device="cpu") as workers:
            list(workers.perform(runs))
        assert "\n" not in str(error.value)
        assert all(store.outcome(run.digest) is None for run in runs)


@pytest.mark.parametrize(("count", "seconds"), [(0, None), (-1, 1.0), (1, 0.0), (1, -5.0), (1, float("nan"))])
def test_impossible_settings_are_refused(store: Store, count: int, seconds: float | None) -> None:
    with pytest.raises(InvalidOption, match="must be"):
        Workers(store, count, timeout_seconds=seconds)
