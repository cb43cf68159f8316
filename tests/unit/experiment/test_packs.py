"""Runs performed together: as if one after another."""

import gc
import multiprocessing
import weakref
from dataclasses import replace

import pytest
from pools import CPU, ends, local, trainings

from regard.core.errors import RegardError, Unwritable
from regard.experiment import Ended, Job, Measured, Noted, SerialPool, packs, perform
from regard.store import Store
from regard.training.parts.batches import Batches
from regard.training.parts.trainer import Trainer


def packed(run, seeds=3):
    return [replace(run, seed=seed) for seed in range(seeds)]


def performing_pack(runs, store: Store):
    """Runs trained at once in this process, report by report."""
    with SerialPool(CPU) as pool:
        pool.submit(Job(tuple(runs), folder=store.folder))
        yield from pool.report()


def perform_pack(runs, store: Store):
    """How each run ended."""
    for _ in performing_pack(runs, store):
        pass
    return [store.outcome(run.digest) for run in runs]


def test_packs_hold_runs_that_differ_in_nothing_but_the_seed(describe) -> None:
    softmax, linear = packed(describe("softmax")), packed(describe("linear"), 2)
    mixed = [softmax[0], linear[0], softmax[1], linear[1], softmax[2], replace(softmax[0], seed=9)]
    assert packs(mixed, 3) == [tuple(softmax), (mixed[-1],), tuple(linear)]


def test_without_packing_every_run_is_alone(describe) -> None:
    runs = [describe(seed=seed) for seed in range(3)]
    assert packs(runs, 1) == [(run,) for run in runs]


def test_a_pack_is_performed_and_known_run_by_run(store: Store, describe, tmp_path) -> None:
    runs = packed(describe())
    assert perform_pack(runs, store) == ["finished"] * 3
    alone = Store(tmp_path / "alone")
    for run in runs:
        perform(run, alone, CPU)
        curves = [each.measurements(run.digest, "train/loss") for each in (store, alone)]
        assert [m.step for m in curves[0]] == [m.step for m in curves[1]] == [7, 10, 14, 20, 21, 25]
        assert [m.value for m in curves[0]] == pytest.approx([m.value for m in curves[1]], abs=1e-4)
        assert [event.kind for event in store.events(run.digest)] == ["started", "finished"]


def test_what_has_ended_is_not_performed_again(store: Store, describe) -> None:
    runs = packed(describe())
    perform(runs[1], store, CPU)
    assert perform_pack(runs, store) == ["finished"] * 3
    assert [event.kind for event in store.events(runs[1].digest)] == ["started", "finished"]


def test_workers_perform_packs_and_report_every_run(store: Store, describe) -> None:
    runs = [*packed(describe()), describe(seed=7, steps=26)]
    with local(2) as pool:
        assert {ended.run: ended.outcome for ended in ends(pool, trainings(runs, store, 3))} == dict.fromkeys(
            runs, "finished"
        )


def test_what_cannot_be_packed_is_one_line_and_nothing_is_kept(store: Store, describe) -> None:
    runs = packed(replace(describe(), model=replace(describe().model, dropout=0.1)))
    with pytest.raises(RegardError, match="dropout"):
        perform_pack(runs, store)
    assert store.runs() == []


def told(runs, store: Store):
    """Perform a pack. Returns the lines that were noted, and why runs failed."""
    reports = list(performing_pack(runs, store))
    failures = [each.detail for each in reports if isinstance(each, Ended) and each.outcome == "failed"]
    return [each.line for each in reports if isinstance(each, Noted)], failures


def test_what_cannot_be_batched_over_seeds_is_performed_one_by_one_and_told(store: Store, describe) -> None:
    runs = packed(describe("entmax"))
    lines, failures = told(runs, store)
    assert failures == []
    assert len(lines) == 1 and "\n" not in lines[0]
    assert lines[0].startswith("3 seeds are trained one by one and not at once: RuntimeError: ")
    for run in runs:
        assert [event.kind for event in store.events(run.digest)] == ["started", "finished"]
        log = (store.folder_of(run.digest) / "log.txt").read_text()
        assert "trained alone and not in a pack of seeds: RuntimeError" in log


def test_where_nothing_is_in_the_way_nothing_is_told(store: Store, describe) -> None:
    assert told(packed(describe()), store) == ([], [])
    assert told(packed(describe()), store) == ([], [])
    assert told([*packed(describe()), describe(seed=9)], store) == ([], [])


def begun(runs, store: Store) -> None:
    """Leave a pack after a checkpoint of each run."""
    for report in performing_pack(runs, store):
        if isinstance(report, Measured) and report.measurement.step >= 14:
            return


def test_a_damaged_checkpoint_costs_its_own_run_only(store: Store, describe, monkeypatch) -> None:
    monkeypatch.setattr("regard.training.checkpoints.run_folder.RunFolder.has_time", True)
    runs = packed(describe())
    begun(runs, store)
    last = store.folder_of(runs[1].digest) / "last.safetensors"
    last.write_bytes(last.read_bytes()[:-100])
    for _ in range(2):
        lines, failures = told(runs, store)
        assert len(failures) == 1 and failures[0].startswith(f"Run {runs[1].digest} failed: {last}")
        assert [store.outcome(run.digest) for run in runs] == ["finished", "failed", "finished"]
    assert lines == []  # one run alone is no pack


def raising_for(seed):
    """Plants a fault in the data of one seed, at a step in the middle."""
    make = Batches._make

    def faulty(batches, step):
        if batches.seed == seed and step == 12:
            raise RuntimeError("out of memory, or out of order")
        return make(batches, step)

    return faulty


def test_an_error_in_one_seed_costs_no_other(store: Store, describe, monkeypatch) -> None:
    monkeypatch.setattr(Batches, "_make", raising_for(1))
    runs = packed(describe())
    lines, failures = told(runs, store)
    assert lines == [
        "3 seeds are trained one by one and not at once: RuntimeError: out of memory, or out of order"
    ]
    assert len(failures) == 1 and runs[1].digest in failures[0]
    assert [store.outcome(run.digest) for run in runs] == ["finished", "failed", "finished"]
    assert perform_pack(runs, store) == ["finished", "failed", "finished"]


def test_workers_tell_why_a_run_of_a_pack_failed(store: Store, describe) -> None:
    runs = packed(describe("Raises"))
    with local() as pool:
        reports = ends(pool, trainings(runs, store, 3))
    assert [report.run for report in reports] == runs
    assert all("ValueError: the first line and the second" in report.detail for report in reports)


def test_the_trainers_of_a_pack_that_was_given_up_are_gone(store: Store, describe, monkeypatch) -> None:
    made, of = [], Trainer.of.__func__

    def remembered(cls, run, common):
        trainer = of(cls, run, common)
        made.append(weakref.ref(trainer))
        return trainer

    monkeypatch.setattr(Trainer, "of", classmethod(remembered))
    gc.disable()
    try:
        for report in performing_pack(packed(describe("entmax")), store):
            alive = sum(trainer() is not None for trainer in made)
            assert alive == 1 if isinstance(report, Measured) else alive <= 1
    finally:
        gc.enable()
    assert len(made) == 6


def test_a_full_disk_ends_a_pack_and_is_no_runs_fault(store: Store, describe, monkeypatch) -> None:
    def full(*_):
        raise Unwritable("The disk is full.")

    monkeypatch.setattr("regard.training.checkpoints.run_folder.RunFolder.keep", full)
    with pytest.raises(Unwritable):
        perform_pack(packed(describe()), store)
    assert [store.outcome(run.digest) for run in packed(describe())] == [None] * 3


def test_a_pack_may_take_the_time_of_all_its_runs(store: Store, describe) -> None:
    """Five steps a second, and the evaluations of all: above the limit of one, below that of three."""
    runs = packed(describe("Slow", seconds=0.2, steps=25))
    with local(timeout_seconds=5) as pool:
        assert [ended.outcome for ended in ends(pool, trainings(runs, store, 3))] == ["finished"] * 3


def test_a_pack_whose_process_is_killed_is_performed_run_by_run(store: Store, describe) -> None:
    runs = packed(describe("Ends", how="killed"), 2)
    with local() as pool:
        reports = ends(pool, trainings(runs, store, 2))
    # two at a time: either may end first
    assert sorted((report.run for report in reports), key=lambda run: run.seed) == runs
    assert all("killed, as happens when memory runs out" in report.detail for report in reports)


def test_a_pack_whose_process_is_killed_goes_on_as_one_bit_for_bit(
    store: Store, describe, tmp_path, monkeypatch
) -> None:
    runs = packed(describe("Slow", seconds=0.004, steps=40))
    with Store(tmp_path / "whole") as whole, local() as pool:
        ends(pool, trainings(runs, whole, 3))
        expected = {run: curve(whole, run) for run in runs}
    with local() as pool:
        pool.submit(*trainings(runs, store, 3))
        ended = {}
        for report in pool.report():
            if isinstance(report, Measured) and report.measurement.step == 21 and not ended:
                (worker,) = multiprocessing.active_children()
                worker.kill()
                ended = {None: None}
            if isinstance(report, Ended):
                ended[report.run] = report.outcome
    assert [ended[run] for run in runs] == ["finished"] * 3
    assert {run: curve(store, run) for run in runs} == expected


def curve(store: Store, run):
    """All that must repeat: everything but times."""
    return [m for m in store.measurements(run.digest) if not m.name.startswith("time/")]
