"""`regard train`: one run, from description to stored measurements."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regard.cli.options import Device, Json, Out, Overrides, Seed
from regard.core.measurement import Measurement

if TYPE_CHECKING:
    from regard.core.run import Run
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
    from regard.experiment import examine, performing
    from regard.store import Store

    run = configure(overrides or []).run(seed)
    with Store(out) as store:
        _follow(performing(run, store, device), run, hidden=as_json)
        if test and store.outcome(run.digest) == "finished":
            examine(run.digest, store, device)
        summary = _summary(run, store)
    if as_json:
        print_json(summary)
    else:
        _print(summary)


def _follow(measurements: Iterator[Measurement], run: "Run", *, hidden: bool) -> None:
    """Draw a bar while training goes on."""
    from regard.cli.console import progress
    from regard.core.catalogs import label

    with progress(hidden=hidden) as bar:
        task = bar.add_task(f"{run.task.name} {label(run.mechanisms)}", total=None, note="")
        for measurement in measurements:
            if measurement.name == "train/total_steps":
                bar.update(task, total=int(measurement.value))
            if measurement.name == "validation/score":
                bar.update(task, note=f"validation {measurement.value:.4f}")
            bar.update(task, completed=measurement.step)


def _summary(run: "Run", store: "Store") -> dict[str, Any]:
    from regard.core.catalogs import TASKS, label

    task = TASKS.build(run.task.name, **run.task.settings)
    best, test, last = store.best(run.digest), store.test(run.digest), store.last(run.digest, "train/loss")
    return {
        "digest": run.digest,
        "folder": str(store.folder_of(run.digest)),
        "outcome": store.outcome(run.digest),
        "task": run.task.name,
        "mechanism": label(run.mechanisms),
        "metric": task.metric,
        "chance": task.chance,
        "ceiling": task.ceiling,
        "steps": last.step if last else 0,
        "validation": best.value if best else None,
        "test": test.value if test else None,
    }


def _print(summary: dict[str, Any]) -> None:
    from regard.cli.console import results

    read = "not read (--test reads it once)" if summary["test"] is None else f"{summary['test']:.4f}"
    best = "none" if summary["validation"] is None else f"{summary['validation']:.4f}"
    metric = summary["metric"]
    lines = [
        f"{summary['mechanism']} on {summary['task']}: {summary['outcome']} after {summary['steps']} steps",
        f"  validation {metric}  {best}  (chance {summary['chance']:.4f}, ceiling {summary['ceiling']:g})",
        f"  test {metric}        {read}",
        f"  {summary['folder']}",
    ]
    results.print("\n".join(lines), markup=False, soft_wrap=True)
