"""`regard train`: one run, from description to stored measurements."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regard.cli.options import Device, Json, Out, Overrides, Seed

if TYPE_CHECKING:
    from rich.progress import TaskID

    from regard.core.measurement import Measurement
    from regard.core.run import Run
    from regard.experiment import RunFailed
    from regard.store import Store


def train(
    overrides: Overrides = None,
    out: Out = Path("out"),
    seed: Seed = 0,
    device: Device = "auto",
    test: Annotated[bool, typer.Option("--test", help="Read the test split at the end, once.")] = False,
    as_json: Json = False,
) -> None:
    """Train one model; the same command again goes on where it stopped, or tells what is known."""
    from regard.cli.configuration import configure
    from regard.cli.console import print_json
    from regard.store import Store

    run = configure(overrides or []).run(seed)
    runs = [replace(run, seed=seed + i) for i in range(run.training.packed_seeds)]
    failures: list[RunFailed] = []
    packed: list[Run] = []
    with Store(out) as store:
        with _noting(failures):
            packed = _train(runs, store, device, hidden=as_json)
        for each in runs if test else []:
            with _noting(failures):
                _examine(each, store, device)
        summaries = [_summary(each, store) for each in runs if store.outcome(each.digest) != "failed"]
    if len(runs) > 1:
        _print_pack(summaries, packed, device, as_json=as_json)
    elif as_json and summaries:
        print_json(summaries[0])
    elif summaries:
        _print(summaries[0])
    if failures:
        raise failures[0]


@contextmanager
def _noting(failures: "list[RunFailed]") -> Iterator[None]:
    """What befalls one run does not hide what is known of the others."""
    from regard.experiment import RunFailed

    try:
        yield
    except RunFailed as failure:
        failures.append(failure)


def _train(runs: "list[Run]", store: "Store", device: str, *, hidden: bool) -> "list[Run]":
    """Train what has not ended. Returns the runs that were trained at once, as one model."""
    from regard.cli.console import messages
    from regard.experiment import performing, performing_pack

    if len(runs) == 1:
        _follow(((runs[0], measurement) for measurement in performing(runs[0], store, device)), hidden=hidden)
        return []
    obstacles: list[str] = []

    def tell(line: str) -> None:
        obstacles.append(line)
        messages.print(line, markup=False, soft_wrap=True)

    trained = _follow(performing_pack(runs, store, device, tell=tell), hidden=hidden)
    return trained if len(trained) > 1 and not obstacles else []


def _examine(run: "Run", store: "Store", device: str) -> None:
    from regard.cli.examination import draw_examination
    from regard.experiment import examine

    if store.outcome(run.digest) == "finished":
        examine(run.digest, store, device)
        draw_examination(run, store.folder_of(run.digest))


def _follow(measurements: "Iterator[tuple[Run, Measurement]]", *, hidden: bool) -> "list[Run]":
    """Draw a bar for each run while training goes on. Returns the runs that were trained."""
    from regard.cli.console import progress
    from regard.mechanisms import label

    with progress(hidden=hidden) as bar:
        bars: dict[str, TaskID] = {}
        trained: list[Run] = []
        for run, measurement in measurements:
            if run.digest not in bars:
                trained.append(run)
                name = f"{run.task.name} {label(run.mechanisms)} seed {run.seed}"
                bars[run.digest] = bar.add_task(name, total=None, note="")
            task = bars[run.digest]
            if measurement.name == "train/total_steps":
                bar.update(task, total=int(measurement.value))
            if measurement.name == "validation/score":
                bar.update(task, note=f"validation {measurement.value:.4f}")
            bar.update(task, completed=measurement.step)
    return trained


def _print_pack(summaries: list[dict[str, Any]], packed: "list[Run]", device: str, *, as_json: bool) -> None:
    """What is known of each seed, and what it gained that some of them were trained at once."""
    from regard.cli.console import print_json, results
    from regard.training.pack.gain import packing_gain

    for summary in [] if as_json else summaries:
        _print(summary)
    gain = packing_gain(packed, device) if packed else None
    if as_json:
        print_json({"runs": summaries, "speed_up": gain})
    elif gain is not None:
        results.print(f"{len(packed)} seeds at once: {gain:.2f} times as fast as one after another.")


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
