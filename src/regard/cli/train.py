"""`regard train`: one run or several seeds of it, from description to stored measurements."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regard.cli.options import AtOnce, Device, Follow, Form, Json, Out, Overrides, Seed, Timeout

if TYPE_CHECKING:
    from regard.core.execution import Execution
    from regard.core.run import Run
    from regard.experiment import Job, Pool, Report
    from regard.store import Store


def train(
    overrides: Overrides = None,
    out: Out = Path("out"),
    seed: Seed = 0,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many seeds, counted from --seed.")] = 1,
    at_once: AtOnce = 1,
    device: Device = "auto",
    form: Form = "auto",
    timeout: Timeout = None,
    test: Annotated[bool, typer.Option("--test", help="Read the test split at the end, once.")] = False,
    follow: Follow = "",
    as_json: Json = False,
) -> None:
    """Train one model; the same command again goes on where it stopped, or tells what is known."""
    from regard.cli.configuration import configure
    from regard.core.execution import Execution
    from regard.experiment import Job, packs
    from regard.store import Store

    execution = Execution(device=device, workers=1, timeout_seconds=timeout, seeds_at_once=at_once, form=form)
    run = configure(overrides or []).run(seed)
    runs = [replace(run, seed=seed + i) for i in range(seeds)]
    with Store(out) as store:
        with _pool(execution, follow, store.folder, hidden=as_json) as pool:
            trainings = [Job(pack, folder=store.folder) for pack in packs(runs, at_once)]
            reports = _perform(trainings, pool)
            packed = _packed(trainings, reports)
            if test:
                reports += _examine(runs, store, pool)
        summaries = [_summary(each, store) for each in runs if store.outcome(each.digest) != "failed"]
    _print_all(summaries, packed, execution, alone=len(runs) == 1, as_json=as_json)
    _raise_failure(reports)


@contextmanager
def _pool(execution: "Execution", follow: str, folder: Path, *, hidden: bool) -> "Iterator[Pool]":
    """One process at a time, with torch's own number of threads, followed by a bar for each run."""
    from regard.cli.bars import RunBars
    from regard.cli.console import progress
    from regard.cli.following import followed, readers_for
    from regard.experiment import LocalPool

    readers = readers_for(follow, folder)
    local = LocalPool(execution, threads=None)
    with progress(hidden=hidden) as bars, followed(local, [RunBars(bars), *readers]) as pool:
        yield pool


def _perform(jobs: "list[Job]", pool: "Pool") -> "list[Report]":
    for job in jobs:
        pool.submit(job)
    return list(pool.report())


def _examine(runs: "list[Run]", store: "Store", pool: "Pool") -> "list[Report]":
    """Read the test split for the runs that have finished, and draw what was found."""
    from regard.experiment import Job

    finished = [run for run in runs if store.outcome(run.digest) == "finished"]
    reports = _perform([Job((run,), "examine", store.folder) for run in finished], pool)
    _draw(finished, store)
    return reports


def _packed(trainings: "list[Job]", reports: "list[Report]") -> "list[Run]":
    """The runs of the first job that were trained at once, as one model; empty if there were none."""
    from regard.experiment import Measured, Noted

    trained = {report.run for report in reports if isinstance(report, Measured)}
    runs = [run for run in trainings[0].runs if run in trained]
    alone = any(isinstance(report, Noted) for report in reports)
    return runs if len(runs) > 1 and not alone else []


def _draw(runs: "list[Run]", store: "Store") -> None:
    """Pictures of the test samples of runs whose test split was read."""
    from regard.cli.examination import draw_examination

    for run in runs:
        if store.test(run.digest):
            draw_examination(run, store.folder_of(run.digest))


def _raise_failure(reports: "list[Report]") -> None:
    """Raise for the first run that failed; last, so that it does not hide what is known of the others."""
    from regard.experiment import Ended, RunFailed

    for report in reports:
        if isinstance(report, Ended) and report.outcome == "failed":
            raise RunFailed(report.detail)


def _print_all(
    summaries: list[dict[str, Any]],
    packed: "list[Run]",
    execution: "Execution",
    *,
    alone: bool,
    as_json: bool,
) -> None:
    """What is known of each seed, and what it gained that some of them were trained at once."""
    from regard.cli.console import print_json, results

    gain = _gain(packed, execution) if packed else None
    if not as_json:
        for summary in summaries:
            _print(summary)
        if gain is not None:
            results.print(f"{len(packed)} seeds at once: {gain:.2f} times as fast as one after another.")
    elif not alone:
        print_json({"runs": summaries, "speed_up": gain})
    elif summaries:
        print_json(summaries[0])


def _gain(packed: "list[Run]", execution: "Execution") -> float | None:
    """What training at once has gained; None where it could not be measured."""
    from regard.cli.console import messages
    from regard.core.errors import RegardError
    from regard.experiment import apart
    from regard.training.pack.gain import gains

    try:
        (gain,) = apart(gains, packed, execution.device, seconds=execution.timeout_seconds, threads=None)
    except RegardError as error:
        messages.print(f"What packing gains could not be measured. {error}", markup=False, soft_wrap=True)
        return None
    return gain


def _summary(run: "Run", store: "Store") -> dict[str, Any]:
    from regard.cli.examination import by_class, chances
    from regard.mechanisms import label
    from regard.tasks import TASKS

    task = TASKS.build(run.task.name, **run.task.settings)
    best, test, last = store.best(run.digest), store.test(run.digest), store.last(run.digest, "train/loss")
    return {
        "digest": run.digest,
        "folder": str(store.folder_of(run.digest)),
        "outcome": store.outcome(run.digest),
        "task": run.task.name,
        "mechanism": label(run.mechanisms),
        "seed": run.seed,
        "metric": task.metric,
        "chance": task.chance,
        "ceiling": task.ceiling,
        "note": task.note,
        "steps": last.step if last else 0,
        "validation": best.value if best else None,
        "test": test.value if test else None,
        "details": store.details(run.digest),
        "chances": chances(task, store.details(run.digest)),
        "by_class": by_class(store.folder_of(run.digest)),
    }


def _print(summary: dict[str, Any]) -> None:
    from regard.cli.console import results
    from regard.cli.examination import lines as found

    read = "not read (--test reads it once)" if summary["test"] is None else f"{summary['test']:.4f}"
    best = "none" if summary["validation"] is None else f"{summary['validation']:.4f}"
    metric = summary["metric"]
    lines = [
        f"{summary['mechanism']} on {summary['task']}, seed {summary['seed']}: {summary['outcome']} "
        f"after {summary['steps']} steps",
        f"  validation {metric}  {best}  (chance {summary['chance']:.4f}, ceiling {summary['ceiling']:g})",
        f"  test {metric}        {read}",
        *found(summary),
        *([f"  note: {summary['note']}"] if summary["note"] else []),
        f"  {summary['folder']}",
    ]
    results.print("\n".join(lines), markup=False, soft_wrap=True)
