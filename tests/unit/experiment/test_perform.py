"""One run, from its description to the store, and what may befall it on the way."""

import importlib
import math
import platform
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from pools import CPU, ends, local, trainings
from safetensors.torch import load_file
from torch.testing import assert_close

from regard.core.errors import Corrupt, InvalidOption, MissingFile, Unwritable
from regard.core.execution import Execution
from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.core.spec import Spec
from regard.experiment import Busy, Job, Noted, RunFailed, SerialPool, examine, perform, performing
from regard.store import Store
from regard.training import fit
from regard.training.checkpoints import run_folder
from regard.training.checkpoints.run_folder import RunFolder


def repeatable(measurements: list[Measurement]) -> list[Measurement]:
    """All but the times and what is said before the first step, in the store's order."""
    kept = [m for m in measurements if m.step and not m.name.startswith("time/")]
    return sorted(kept, key=lambda m: (m.step, m.name))


def curve(store: Store, run: Run) -> list[Measurement]:
    return repeatable(store.measurements(run.digest))


def kinds(store: Store, run: Run) -> list[str]:
    return [event.kind for event in store.events(run.digest)]


def test_the_store_holds_what_training_said(store: Store, describe) -> None:
    run = describe()
    assert perform(run, store, CPU) == "finished"
    said = repeatable(list(fit(run, device="cpu")))
    assert curve(store, run) == said
    assert {m.name for m in store.measurements(run.digest)} >= {"time/step_seconds", "validation/score"}
    assert store.runs() == [run]
    assert kinds(store, run) == ["started", "finished"]


def test_measurements_can_be_followed_as_they_are_kept(store: Store, describe) -> None:
    run = describe()
    followed = []
    for measurement in performing(run, store, CPU):
        followed.append(measurement)
        assert len(store.measurements(run.digest)) == len(followed)
        assert store.outcome(run.digest) is None
    assert followed[0] == Measurement(0, "train/total_steps", 25.0)
    assert store.outcome(run.digest) == "finished"
    assert list(performing(run, store, CPU)) == []


def test_a_process_that_dies_before_it_has_started_a_run_is_in_nobodys_way(store: Store, describe) -> None:
    run = describe()
    RunFolder.open(store.folder_of(run.digest), run)
    assert perform(run, store, CPU) == "finished"


def test_a_run_that_is_no_longer_followed_can_be_performed_by_others(store: Store, describe) -> None:
    run = describe()
    following = performing(run, store, CPU)
    for _ in range(5):
        next(following)
    with pytest.raises(Busy):
        perform(run, store, CPU, 0.1)
    following.close()
    assert perform(run, store, CPU, 0.1) == "finished"
    assert curve(store, run) == repeatable(list(fit(run, device="cpu")))


def test_a_run_that_has_ended_is_not_performed_again(store: Store, describe) -> None:
    for mechanism, outcome in [("softmax", "finished"), ("Diverges", "diverged")]:
        run = describe(mechanism)
        assert perform(run, store, CPU) == outcome
        files = {file: file.stat().st_mtime_ns for file in store.folder_of(run.digest).iterdir()}
        before = store.events(run.digest)
        assert perform(run, store, CPU) == outcome
        assert store.events(run.digest) == before
        assert {file: file.stat().st_mtime_ns for file in store.folder_of(run.digest).iterdir()} == files


def test_a_diverged_run_is_a_result(store: Store, describe) -> None:
    run = describe("Diverges")
    assert perform(run, store, CPU) == "diverged"
    assert store.last(run.digest, "diverged") is not None
    assert kinds(store, run) == ["started", "diverged"]


def test_versions_and_machine_are_kept(store: Store, describe) -> None:
    run = describe()
    perform(run, store, CPU)
    versions = store.versions(run.digest)
    assert versions["torch"] == torch.__version__
    assert versions["python"] == platform.python_version()
    assert (versions["device"], versions["threads"]) == ("cpu", 1)


def stopped_everywhere_it_ends_the_same(
    store: Store, run: Run, monkeypatch: pytest.MonkeyPatch, memory: list[Measurement]
) -> None:
    """Stop a run after its first, second, third ... measurement, on and on, until it has ended.

    Each time `memory` is lost.
    """
    append, allowed = Store.append, 0

    class Stopped(BaseException):
        pass

    def append_some(self: Store, digest: str, measurements: list[Measurement]) -> None:
        nonlocal left
        append(self, digest, measurements)
        left -= 1
        if left == 0:
            raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(Store, "append", append_some)
        patch.setattr(run_folder, "WRITING_SHARE", math.inf)  # a checkpoint wherever there can be one
        while store.outcome(run.digest) != "finished":
            allowed = left = allowed % 12 + 1
            try:
                perform(run, store, CPU)
            except Stopped:
                memory.clear()
                assert store.outcome(run.digest) is None
    assert kinds(store, run).count("started") > 3
    said = repeatable(list(fit(run, device="cpu")))
    assert curve(store, run) == said


def test_a_run_stopped_anywhere_goes_on_and_loses_nothing(store: Store, describe, monkeypatch) -> None:
    stopped_everywhere_it_ends_the_same(store, describe(), monkeypatch, [])


def test_measurements_that_wait_in_memory_are_caught(store: Store, describe, monkeypatch) -> None:
    append, waiting = Store.append, []

    def append_later(self: Store, digest: str, measurements: list[Measurement]) -> None:
        waiting.extend(measurements)
        if len(waiting) > 10:
            append(self, digest, waiting)
            waiting.clear()

    monkeypatch.setattr(Store, "append", append_later)
    with pytest.raises(AssertionError):
        stopped_everywhere_it_ends_the_same(store, describe(), monkeypatch, waiting)


@pytest.mark.parametrize(
    ("mechanism", "options", "line"),
    [
        ("Raises", {}, "ValueError: the first line and the second"),
        ("Ends", {"how": "exit"}, "SystemExit: 3"),
        ("Ends", {"how": "memory"}, "MemoryError"),
    ],
)
def test_whatever_a_run_raises_is_one_line_and_a_log(
    store: Store, describe, mechanism, options, line
) -> None:
    run = describe(mechanism, **options)
    with pytest.raises(RunFailed) as error:
        perform(run, store, CPU)
    log = store.folder_of(run.digest) / "log.txt"
    assert str(error.value).startswith(f"Run {run.digest} failed: {line}")
    assert "\n" not in str(error.value) and str(log) in str(error.value)
    assert "Traceback" in log.read_text() and "faulty.py" in log.read_text()
    assert store.outcome(run.digest) == "failed"
    assert store.events(run.digest)[-1].detail.startswith(line)


def test_a_failed_run_is_tried_again(store: Store, describe, tmp_path: Path) -> None:
    run = describe("Raises", unless=str(tmp_path / "repaired"))
    for _ in range(2):
        with pytest.raises(RunFailed):
            perform(run, store, CPU)
    (tmp_path / "repaired").touch()
    assert perform(run, store, CPU) == "finished"
    assert kinds(store, run) == ["started", "failed", "started", "failed", "started", "finished"]


def test_a_description_that_cannot_be_built_says_why(store: Store, describe) -> None:
    run = replace(describe(), mechanisms=(Spec.of("linformer", rnk=4),))
    with pytest.raises(InvalidOption, match=r"has no option 'rnk'\. Did you mean 'rank'"):
        perform(run, store, CPU)


def wrong(run, what):
    match what:
        case "rate":
            return replace(run, optimizer=Spec.of("adamw", rate=-1.0))
        case "heads":
            return replace(run, model=replace(run.model, heads=3))
        case "data":
            return replace(run, task=Spec.of("image_folder", data="/nowhere"))
    return run


@pytest.mark.parametrize("what", ["device", "rate", "heads", "data"])
@pytest.mark.parametrize("seeds", [1, 2])
def test_what_a_user_gets_wrong_leaves_nothing_behind(store: Store, describe, what, seeds) -> None:
    run = wrong(describe(), what)
    execution = Execution(device="cuda:99" if what == "device" else "cpu")
    with pytest.raises((InvalidOption, MissingFile)) as error, SerialPool(execution) as pool:
        ends(pool, [Job(tuple(replace(run, seed=seed) for seed in range(seeds)), folder=store.folder)])
    assert "\n" not in str(error.value)
    assert store.runs() == []
    assert not (store.folder / "runs").exists()


def test_workers_refuse_it_too(store: Store, describe) -> None:
    with pytest.raises(InvalidOption, match="rate must lie"), local() as pool:
        ends(pool, trainings([wrong(describe(), "rate")], store))
    assert store.runs() == []


def test_what_a_part_of_ones_own_raises_is_a_failed_run_with_its_story(store: Store, describe) -> None:
    run = describe("Unborn")
    with pytest.raises(RunFailed, match="ValueError: not to be built"):
        perform(run, store, CPU)
    assert kinds(store, run) == ["started", "failed"]


def test_a_damaged_checkpoint_fails_its_run_and_the_remedy_works(store: Store, describe) -> None:
    run = describe()
    store.add(run)
    store.record(run.digest, "started", "{}")
    folder = store.folder_of(run.digest)
    said = fit(run, folder, "cpu")
    store.append(run.digest, [next(said) for _ in range(11)])
    said.close()
    last = folder / "last.safetensors"
    last.write_bytes(last.read_bytes()[:-100])
    with pytest.raises(RunFailed, match="Remove the run's folder"):
        perform(run, store, CPU)
    for file in folder.iterdir():
        file.unlink()
    assert perform(run, store, CPU) == "finished"
    assert curve(store, run) == repeatable(list(fit(run, device="cpu")))


def test_a_run_whose_measurements_are_gone_is_not_taken_for_performed(store: Store, describe) -> None:
    run = describe()
    perform(run, store, CPU)
    store.close()
    for file in store.folder.glob("store.sqlite*"):
        file.unlink()
    with Store(store.folder) as empty:
        with pytest.raises(Corrupt, match=r"knows no measurements.*remove"):
            perform(run, empty, CPU)
        assert empty.outcome(run.digest) is None


def one_of_several_at_once_performs_it(store: Store, run: Run) -> None:
    with ThreadPoolExecutor(3) as threads:
        outcomes = [threads.submit(perform, run, store, CPU) for _ in range(3)]
        assert [outcome.result() for outcome in outcomes] == ["finished"] * 3
    assert kinds(store, run) == ["started", "finished"]


def test_one_of_several_at_once_performs_a_run_and_all_see_it_end(store: Store, describe) -> None:
    one_of_several_at_once_performs_it(store, describe("Slow", seconds=0.02))


def test_a_claim_that_keeps_nobody_out_is_caught(store: Store, describe, monkeypatch) -> None:
    module = importlib.import_module("regard.experiment.work")
    monkeypatch.setattr(module, "claimed", lambda folder, patience_seconds: nullcontext())
    with pytest.raises((AssertionError, RunFailed, Unwritable)):
        one_of_several_at_once_performs_it(store, describe("Slow", seconds=0.02))


def test_a_full_disk_is_not_the_runs_fault_and_loses_nothing(describe, small_disk: Path, monkeypatch) -> None:
    run = describe()
    folder = small_disk
    with Store(folder / "project") as store:
        append = Store.append

        def append_and_fill(self: Store, digest: str, measurements: list[Measurement]) -> None:
            append(self, digest, measurements)
            if measurements[0].step >= 14:
                with pytest.raises(OSError, match="No space"):
                    (folder / "ballast").write_bytes(b"x" * 2**23)

        with monkeypatch.context() as patch, pytest.raises(Unwritable) as error:
            patch.setattr(Store, "append", append_and_fill)
            perform(run, store, CPU)
        assert "\n" not in str(error.value)
        assert store.outcome(run.digest) is None
        (folder / "ballast").unlink()
        assert perform(run, store, CPU) == "finished"
        assert curve(store, run) == repeatable(list(fit(run, device="cpu")))


def test_a_run_whose_folder_was_removed_is_trained_again(store: Store, describe) -> None:
    """The remedy that messages name: also after the end, also if that is interrupted, and once only."""
    run = describe()
    perform(run, store, CPU)
    score = examine(run.digest, store, CPU)
    folder, known = store.folder_of(run.digest), store.measurements(run.digest)
    weights = load_file(folder / "best.safetensors")
    shutil.rmtree(folder)
    said = performing(run, store, CPU)
    for _ in range(12):
        next(said)
    said.close()
    assert perform(run, store, CPU) == "finished"
    assert_close(load_file(folder / "best.safetensors"), weights, rtol=0, atol=0)
    assert store.measurements(run.digest) == known
    assert examine(run.digest, store, CPU) == score
    before = store.events(run.digest)
    assert perform(run, store, CPU) == "finished"
    assert store.events(run.digest) == before
    assert [event.kind for event in before].count("tested") == 1


def test_damaged_weights_of_a_finished_run_are_one_line_whose_remedy_works(store: Store, describe) -> None:
    run = describe()
    perform(run, store, CPU)
    best = store.folder_of(run.digest) / "best.safetensors"
    best.write_bytes(best.read_bytes()[:-10])
    with pytest.raises(RunFailed, match="Remove the run's folder to train it again"):
        examine(run.digest, store, CPU)
    shutil.rmtree(best.parent)
    perform(run, store, CPU)
    assert examine(run.digest, store, CPU) >= 0


def test_that_a_run_is_trained_again_is_told(store: Store, describe) -> None:
    run = describe()
    perform(run, store, CPU)
    shutil.rmtree(store.folder_of(run.digest))
    with SerialPool(CPU) as pool:
        pool.submit(Job((run,), folder=store.folder))
        lines = [report.line for report in pool.report() if isinstance(report, Noted)]
    assert lines == [f"Run {run.digest} had ended, but its folder was removed: it is trained again."]
