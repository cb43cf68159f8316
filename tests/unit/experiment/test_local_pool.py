"""Many runs on local processes: one that raises, hangs or dies costs no other."""

import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path

import pytest
import torch
from pools import CPU, ends, local, readings, repeatable, trainings
from safetensors.torch import load, load_file

from regard.core.errors import RegardError, Unwritable
from regard.core.run import Run
from regard.experiment import Ended, Job, Measured, perform, processes
from regard.experiment.claim import claimed
from regard.store import FACTS, Store
from regard.training import fit


def test_whatever_befalls_a_run_costs_no_other(store: Store, describe) -> None:
    good = [describe(seed=seed) for seed in range(3)]
    bad = {
        describe("Raises").digest: "ValueError: the first line and the second",
        describe("Ends", how="exit").digest: "SystemExit: 3",
        describe("Ends", how="killed").digest: "killed, as happens when memory runs out",
        describe("Ends", how="crash").digest: "ended by SIGSEGV",
        describe("Ends", how="status").digest: "ended by itself with status 7",
        describe("Ends", how="well").digest: "ended by itself with status 0",
        describe("Ends", how="deaf").digest: "exceeded its time limit of 8 seconds",
        describe("Slow", seconds=60.0).digest: "exceeded its time limit of 8 seconds",
    }
    ways = [describe("Ends", how=how) for how in ("exit", "killed", "crash", "status", "deaf", "well")]
    slow = describe("Slow", seconds=60.0)
    runs = [
        ways[4],
        good[0],
        *ways[:4],
        ways[5],
        good[1],
        slow,
        describe("Raises"),
        describe("Diverges"),
        good[2],
        good[0],
    ]
    with local(2, timeout_seconds=8) as pool:
        reported = ends(pool, trainings(runs, store))
        reports = {ended.run.digest: ended for ended in reported}
        assert len(reported) == len(runs)  # one was given twice
        assert [event.kind for event in store.events(good[0].digest)] == ["started", "finished"]
        assert reports.keys() == {run.digest for run in runs}
        for digest, line in bad.items():
            assert reports[digest].outcome == "failed"
            assert line in reports[digest].detail and "\n" not in reports[digest].detail
            assert store.outcome(digest) == "failed"
            assert line in store.events(digest)[-1].detail
        assert [reports[run.digest].outcome for run in good] == ["finished"] * 3
        assert reports[describe("Diverges").digest].outcome == "diverged"

        tested = {ended.run.digest: ended for ended in ends(pool, readings([*good, slow], store))}
        assert [tested[run.digest].outcome for run in good] == ["finished"] * 3
        assert tested[slow.digest].outcome == "failed" and "not finished" in tested[slow.digest].detail
        assert all(store.test(run.digest) for run in good)


def test_workers_find_what_this_process_finds(store: Store, describe, tmp_path) -> None:
    run = describe()
    with local() as pool:
        (ended,) = ends(pool, trainings([run], store))
        best = store.best(run.digest)
        assert best is not None and ended == Ended(run, "finished", score=best.value)
    with Store(tmp_path / "other") as other:
        perform(run, other, CPU)
        for name in ("train/loss", "validation/score"):
            assert store.measurements(run.digest, name) == other.measurements(run.digest, name)
        mine, theirs = store.versions(run.digest), other.versions(run.digest)
        assert mine == theirs and mine["threads"] == 1 and mine["form"] == "auto"


def test_what_has_ended_before_starts_no_process(store: Store, describe) -> None:
    run = describe()
    perform(run, store, CPU)
    with local() as pool:
        assert [ended.outcome for ended in ends(pool, trainings([run], store))] == ["finished"]
        assert ends(pool) == []
        assert multiprocessing.active_children() == []


def test_a_run_that_another_command_performs_is_left_to_it(store: Store, describe) -> None:
    busy, free = describe(seed=0), describe(seed=1)
    with local() as pool:
        for job in trainings([busy, free], store):
            pool.submit(job)
        reports = (report for report in pool.report() if isinstance(report, Ended))
        with claimed(store.folder_of(busy.digest)):
            assert next(reports).run == free
            store.add(busy)
            store.record(busy.digest, "started", "{}")
            (store.folder_of(busy.digest) / FACTS).touch()
            store.record(busy.digest, "finished")
        assert list(reports) == [Ended(busy, "finished")]
    assert store.measurements(busy.digest) == []


def test_processes_that_cannot_start_are_one_line(store: Store, describe, monkeypatch) -> None:
    monkeypatch.setattr(processes, "serve", exit_at_once)
    with pytest.raises(RegardError, match="end as soon as they start"), local() as pool:
        ends(pool, trainings([describe()], store))


def exit_at_once(*given: object) -> None:
    os._exit(1)


def test_no_run_changes_what_another_measures(store: Store, describe, tmp_path) -> None:
    """A mechanism that leaves its process in another state is alone in it."""
    run = describe()
    with local() as pool:
        assert len(ends(pool, trainings([describe("Meddles"), run], store))) == 2
    with Store(tmp_path / "other") as other, local() as pool:
        ends(pool, trainings([run], other))
        assert repeatable(store.measurements(run.digest)) == repeatable(other.measurements(run.digest))


def test_a_server_of_processes_that_is_killed_costs_what_was_under_way_and_no_more(
    store: Store, describe
) -> None:
    slow, after = describe("Slow", seconds=0.2), describe(seed=1)
    with local() as pool:
        for job in trainings([slow, after], store):
            pool.submit(job)
        for report in pool.report():
            if isinstance(report, Measured) and report.run == slow:
                os.kill(server_of_processes(), signal.SIGKILL)
                break
        left = {ended.run: ended for ended in ends(pool)}
    assert "server that starts processes is killed" in left[slow].detail
    assert left[after].outcome == "finished"
    with claimed(store.folder_of(slow.digest), 20.0):
        pass  # its process has ended too


def server_of_processes() -> int:
    from multiprocessing import forkserver  # noqa: PLC0415

    pid = forkserver._forkserver._forkserver_pid
    assert pid is not None
    return pid


@pytest.mark.parametrize("after", [0.3])
def test_a_server_that_is_killed_while_it_starts_is_started_again(
    store: Store, describe, after: float
) -> None:
    from multiprocessing import forkserver  # noqa: PLC0415

    forkserver._forkserver._stop()
    forkserver.ensure_running()
    killing = threading.Timer(after, os.kill, (server_of_processes(), signal.SIGKILL))
    killing.start()
    with local() as pool:
        assert [ended.outcome for ended in ends(pool, trainings([describe()], store))] == ["finished"]
    killing.join()


def test_leaving_early_ends_what_is_running(store: Store, describe) -> None:
    slow = describe("Slow", seconds=60.0)
    start = time.monotonic()
    with local(2) as pool:
        for job in trainings([slow, describe()], store):
            pool.submit(job)
        for report in pool.report():
            if isinstance(report, Ended):
                assert report.run == describe()
                break
    assert time.monotonic() - start < 50
    assert store.outcome(slow.digest) is None
    with claimed(store.folder_of(slow.digest), 5.0):
        pass


def test_a_store_that_fails_ends_it_all_in_one_line(small_disk, describe) -> None:
    runs = [describe(seed=seed, steps=10_000) for seed in range(4)]
    with Store(small_disk) as store:
        with pytest.raises(Unwritable) as error, local(2) as pool:
            ends(pool, trainings(runs, store))
        assert "\n" not in str(error.value)
        assert all(store.outcome(run.digest) is None for run in runs)


@pytest.mark.parametrize("said", [1, 2, 7, 18, 30])
def test_a_worker_that_is_killed_loses_nothing(store: Store, describe, said: int) -> None:
    """However much it has said: its run fails, and goes on to the same curve when it is given again."""
    run = describe("Slow", seconds=0.005, steps=40)
    with local() as pool:
        pool.submit(*trainings([run], store))
        for number, report in enumerate(pool.report(), start=1):
            if number == said:
                (worker,) = multiprocessing.active_children()
                worker.kill()
            ended = report
        assert isinstance(ended, Ended) and "killed, as happens" in ended.detail
        assert [again.outcome for again in ends(pool, trainings([run], store))] == ["finished"]
    assert repeatable(store.measurements(run.digest)) == repeatable(fit(run, device="cpu"))
    assert [event.kind for event in store.events(run.digest)] == ["started", "failed", "started", "finished"]


def test_what_is_reported_is_in_the_store_already(store: Store, describe) -> None:
    run = describe()
    with local() as pool:
        pool.submit(*trainings([run], store))
        measured = [
            report for report in pool.report() if isinstance(report, Measured) and in_store(report, store)
        ]
    assert measured[0].measurement.name == "train/total_steps"
    assert len(measured) == len(store.measurements(run.digest))


def in_store(report: Measured, store: Store) -> bool:
    return report.measurement in store.measurements(report.run.digest)


def test_a_job_without_a_folder_writes_nothing_and_reports_everything(
    store: Store, describe, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = describe()
    before = sorted(tmp_path.rglob("*"))
    with local() as pool:
        pool.submit(Job((run,), with_weights=True))
        *measured, ended = pool.report()
    assert sorted(tmp_path.rglob("*")) == before
    assert store.runs() == []
    perform(run, store, CPU)
    best = store.best(run.digest)
    assert (
        best is not None
        and isinstance(ended, Ended)
        and (ended.outcome, ended.score) == ("finished", best.value)
    )
    assert repeatable([report.measurement for report in measured]) == repeatable(
        store.measurements(run.digest)
    )


def test_a_run_without_a_folder_that_fails_or_is_killed_costs_no_other(describe) -> None:
    runs = [describe("Raises"), describe("Ends", how="killed"), describe("Diverges"), describe()]
    with local(2) as pool:
        reports = {ended.run: ended for ended in ends(pool, [Job((run,)) for run in runs])}
    assert [reports[run].outcome for run in runs] == ["failed", "failed", "diverged", "finished"]
    assert "the first line and the second" in reports[runs[0]].detail


def test_jobs_are_given_on_the_report_of_others_and_no_worker_idles(store: Store, describe) -> None:
    """Ask and tell: every end asks for the next run, whatever the other worker is doing."""
    runs = [describe("Slow", seconds=0.01 * (1 + i % 3), seed=i) for i in range(8)]
    left, asked_by = runs[2:], dict[Run, Run]()
    with local(2) as pool:
        for job in trainings(runs[:2], store):
            pool.submit(job)
        for report in pool.report():
            if isinstance(report, Ended) and left:
                asked_by[left[0]] = report.run
                pool.submit(*trainings([left.pop(0)], store))
    spans = {run: tuple(event.time for event in store.events(run.digest)) for run in runs}
    waited = [(spans[run][0] - spans[other][1]).total_seconds() for run, other in asked_by.items()]
    worked = [(end - start).total_seconds() for start, end in spans.values()]
    assert len(asked_by) == 6 and min(waited) > 0
    assert sum(waited) < sum(worked) / 2


def test_the_weights_come_back_if_asked_for(store: Store, describe) -> None:
    """Without a folder they are those that a folder would hold; with one, they come from there."""
    run = describe(steps=60)
    with local() as pool:
        (afar,) = ends(pool, [Job((run,), with_weights=True)])
        (kept,) = ends(pool, [Job((run,), folder=store.folder, with_weights=True)])
        (known,) = ends(pool, [Job((run,), folder=store.folder, with_weights=True)])
        (unasked,) = ends(pool, [Job((run,))])
    best = load_file(store.folder_of(run.digest) / "best.safetensors")
    for ended in (afar, kept, known):
        assert ended.weights is not None
        found = load(ended.weights)
        assert all(torch.equal(found[name], best[name]) for name in best)
    assert unasked.weights is None and unasked.score == afar.score
