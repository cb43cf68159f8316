"""Commands that are killed, interrupted or given twice at once: nothing is lost and nothing done again."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from regard.comparison import Comparison, conduct
from regard.configuration.configuration import configure
from regard.core.execution import Execution
from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.core.settings import ModelSettings, TrainingSettings
from regard.core.spec import Spec
from regard.experiment import SerialPool, examine, perform
from regard.experiment.claim import claimed
from regard.store import Store

CPU = Execution(device="cpu")

COMMAND = """
import json, sys
from regard.core.run import Run
from pathlib import Path
from regard.core.execution import Execution
from regard.experiment import Ended, Job, LocalPool

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    with LocalPool(Execution(device="cpu", workers=2)) as pool:
        for line in sys.argv[2:]:
            pool.submit(Job((Run.from_json(json.loads(line)),), folder=folder))
        finished = []
        for report in pool.report():
            if isinstance(report, Ended):
                finished.append(report.run)
                print(report.run.digest, report.outcome, flush=True)
        for run in finished:
            pool.submit(Job((run,), "examine", folder))
        for report in pool.report():
            if isinstance(report, Ended):
                print(report.run.digest, "tested", flush=True)
"""


def described(seed: int) -> Run:
    """A run of a second or two."""
    return Run(
        task=Spec.of("arithmetic", digits=1, form="masked", samples=100),
        mechanisms=(Spec.of("softmax"),),
        model=ModelSettings(layers=1, features=8, heads=1, hidden=8),
        training=TrainingSettings(epochs=10_000, steps=400, batch=16, evaluate_every=50),
        seed=seed,
    )


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path):
    """Starts the command in a session of its own, which does not outlive the test."""
    script = tmp_path / "command.py"
    script.write_text(COMMAND)
    processes = []

    def start(folder: Path, runs: list[Run]) -> subprocess.Popen[str]:
        command = [sys.executable, script, folder, *(json.dumps(run.to_json()) for run in runs)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def reports(process: subprocess.Popen[str]) -> list[str]:
    output, errors = process.communicate(timeout=200)
    assert (process.returncode, errors) == (0, "")
    return output.splitlines()


def kept(store: Store, run: Run) -> list[Measurement]:
    """All that must repeat: everything but times."""
    return [m for m in store.measurements(run.digest) if not m.name.startswith("time/")]


def starts(store: Store, run: Run) -> int:
    return [event.kind for event in store.events(run.digest)].count("started")


def until_one_has_ended_and_another_is_under_way(folder: Path, runs: list[Run]) -> None:
    deadline = time.monotonic() + 150
    while time.monotonic() < deadline:
        if (folder / "store.sqlite").exists():
            with Store(folder) as store:
                known = {run.digest for run in store.runs()}
                outcomes = [store.outcome(run.digest) for run in runs]
                under_way = [
                    run.digest in known and outcome is None and len(store.measurements(run.digest)) > 20
                    for run, outcome in zip(runs, outcomes, strict=True)
                ]
                if "finished" in outcomes and any(under_way):
                    return
        time.sleep(0.02)
    raise AssertionError("nothing has ended in time")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> dict[str, list[Measurement]]:
    """What three runs measure when nothing happens to them, test split included."""
    torch.set_num_threads(1)  # as in a worker: sums in another order are other numbers
    with Store(tmp_path_factory.mktemp("undisturbed")) as store:
        runs = [described(seed) for seed in range(3)]
        for run in runs:
            perform(run, store, CPU)
            examine(run.digest, store, CPU)
        return {run.digest: kept(store, run) for run in runs}


def all_is_there(folder: Path, runs: list[Run], undisturbed: dict[str, list[Measurement]]) -> None:
    with Store(folder) as store:
        for run in runs:
            assert store.outcome(run.digest) == "finished"
            assert kept(store, run) == undisturbed[run.digest]
            assert [event.kind for event in store.events(run.digest)].count("tested") == 1


def given_again(start: Start, folder: Path, runs: list[Run], undisturbed) -> None:
    """The same command, to its end: what had ended stays as it is, the rest goes on."""
    with Store(folder) as store:
        before = {run.digest: store.events(run.digest) for run in runs}
        ended = [run for run in runs if store.outcome(run.digest) == "finished"]
    assert 0 < len(ended) < len(runs)
    lines = reports(start(folder, runs))
    assert sorted(lines) == sorted(f"{run.digest} {end}" for run in runs for end in ("finished", "tested"))
    with Store(folder) as store:
        for run in ended:
            assert (
                store.events(run.digest)[:-1] == before[run.digest]
            )  # but for the reading of the test split
    all_is_there(folder, runs, undisturbed)


def nobody_works(folder: Path, runs: list[Run]) -> None:
    """The workers have ended too, though nobody told them."""
    for run in runs:
        with claimed(folder / "runs" / run.digest, 20.0):
            pass


def test_a_command_that_is_killed_goes_on_where_it_was(tmp_path: Path, start: Start, undisturbed) -> None:
    folder, runs = tmp_path / "a projéct", [described(seed) for seed in range(3)]
    process = start(folder, runs)
    until_one_has_ended_and_another_is_under_way(folder, runs)
    process.kill()  # the command alone: its workers must notice
    process.communicate()
    nobody_works(folder, runs)
    given_again(start, folder, runs, undisturbed)


@pytest.mark.long
def test_everything_killed_at_once_goes_on_where_it_was(tmp_path: Path, start: Start, undisturbed) -> None:
    runs = [described(seed) for seed in range(3)]
    process = start(tmp_path, runs)
    until_one_has_ended_and_another_is_under_way(tmp_path, runs)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    given_again(start, tmp_path, runs, undisturbed)


def test_ctrl_c_ends_the_workers_quietly(tmp_path: Path, start: Start, undisturbed) -> None:
    runs = [described(seed) for seed in range(3)]
    process = start(tmp_path, runs)
    until_one_has_ended_and_another_is_under_way(tmp_path, runs)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers too
    _, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert errors.count("Traceback") == 1 and errors.rstrip().endswith("KeyboardInterrupt")
    nobody_works(tmp_path, runs)
    with Store(tmp_path) as store:
        assert not any(store.outcome(run.digest) == "failed" for run in runs)
    given_again(start, tmp_path, runs, undisturbed)


@pytest.mark.long
def test_two_commands_at_once_share_the_work(tmp_path: Path, start: Start, undisturbed) -> None:
    runs = [described(seed) for seed in range(3)]
    mine, theirs = start(tmp_path, runs[:2]), start(tmp_path, runs[1:])
    for process, its in [(mine, runs[:2]), (theirs, runs[1:])]:
        ends = [f"{run.digest} {end}" for run in its for end in ("finished", "tested")]
        assert sorted(reports(process)) == sorted(ends)
    all_is_there(tmp_path, runs, undisturbed)
    with Store(tmp_path) as store:
        assert [starts(store, run) for run in runs] == [1, 1, 1]


COMPARISON = [
    *[
        "task=arithmetic",
        "task.digits=1",
        "task.form=masked",
        "task.samples=100",
        "mechanism=softmax,uniform",
    ],
    *["model.layers=1", "model.features=8", "model.heads=1", "model.hidden=8", "model.dropout=0"],
    *["training.epochs=10000", "training.steps=300", "training.batch=16", "training.evaluate_every=50"],
    *["training.patience=null", "training.target=null", "seeds=3", "grid=[0.003,0.01]"],
]
"""Eight runs, of which six are read."""

TEST_SPLITS = 6


@pytest.fixture(scope="module")
def undisturbed_comparison(tmp_path_factory) -> dict[str, list[Measurement]]:
    """What the runs of the comparison measure when nothing happens to them."""
    torch.set_num_threads(1)
    configuration = configure(COMPARISON)
    comparison = Comparison(
        task=configuration.task,
        entries=configuration.entries,
        model=configuration.model,
        objective=configuration.objective,
        optimizer=configuration.optimizer,
        training=configuration.training,
        **configuration.comparison,
    )
    folder = tmp_path_factory.mktemp("undisturbed comparison")
    with Store(folder) as store, SerialPool(CPU) as pool:
        for _ in conduct(comparison, store, pool):
            pass
        return {run.digest: kept(store, run) for run in store.runs()}


def compare(folder: Path) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "regard",
        "compare",
        *COMPARISON,
        "--out",
        folder,
        "--device",
        "cpu",
        "--json",
    ]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def until_tests_are_read(folder: Path, count: int) -> None:
    deadline = time.monotonic() + 150
    while time.monotonic() < deadline:
        if (folder / "store.sqlite").exists():
            with Store(folder) as store:
                if sum(store.test(run.digest) is not None for run in store.runs()) >= count:
                    return
        time.sleep(0.02)
    raise AssertionError("too few test splits were read in time")


@pytest.mark.parametrize("tests_read", [pytest.param(each, marks=pytest.mark.long) for each in (0, 2)])
def test_a_comparison_that_is_killed_goes_on_to_the_same_store(
    tmp_path: Path, undisturbed_comparison, tests_read: int
) -> None:
    killed = compare(tmp_path)
    if tests_read:
        until_tests_are_read(tmp_path, tests_read)
    else:
        until_a_run_is_under_way(tmp_path)
    killed.kill()  # the command alone: its workers must notice
    killed.communicate()
    with Store(tmp_path) as store:
        begun = store.runs()
        ended = {run.digest: store.events(run.digest) for run in begun if store.outcome(run.digest)}
        read = [run for run in begun if store.test(run.digest)]
        assert len(ended) < len(undisturbed_comparison) or len(read) < TEST_SPLITS
    nobody_works(tmp_path, begun)

    again = compare(tmp_path)
    output, errors = again.communicate(timeout=200)
    signs_of_life = [line for line in errors.splitlines() if " so far" in line]
    assert (again.returncode, errors.splitlines()) == (0, signs_of_life)
    assert len(json.loads(output)["rows"]) == 2
    with Store(tmp_path) as store:
        assert {run.digest: kept(store, run) for run in store.runs()} == undisturbed_comparison
        for run in store.runs():
            kinds = [event.kind for event in store.events(run.digest)]
            assert kinds.count("finished") == 1 and "failed" not in kinds
            assert store.events(run.digest)[: len(ended.get(run.digest, []))] == ended.get(run.digest, [])


def until_a_run_is_under_way(folder: Path) -> None:
    deadline = time.monotonic() + 150
    while time.monotonic() < deadline:
        if (folder / "store.sqlite").exists():
            with Store(folder) as store:
                if any(len(store.measurements(run.digest)) > 20 for run in store.runs()):
                    return
        time.sleep(0.02)
    raise AssertionError("nothing was begun in time")
