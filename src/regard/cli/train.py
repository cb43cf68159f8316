"""`regard train`: one run, from description to stored measurements."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regard.cli.options import Device, Json, Out, Overrides, Seed

if TYPE_CHECKING:
    from rich.progress import TaskID

    from regard.core.measurement import Measurement
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
    from regard.cli.examination import draw_examination
    from regard.experiment import examine, performing_pack
    from regard.store import Store

    run = configure(overrides or []).run(seed)
    runs = [replace(run, seed=seed + i) for i in range(run.training.packed_seeds)]
    with Store(out) as store:
        together = performing_pack(runs, store, device) if len(runs) > 1 else _alone(run, store, device)
        _follow(together, hidden=as_json)
        for each in runs if test else []:
            if store.outcome(each.digest) == "finished":
                examine(each.digest, store, device)
                draw_examination(each, store.folder_of(each.digest))
        summaries = [_summary(each, store) for each in runs]
    if len(runs) > 1:
        from regard.training.gain import packing_gain

        _print_pack(summaries, packing_gain(runs, device), as_json=as_json)
    elif as_json:
        print_json(summaries[0])
    else:
        _print(summaries[0])


def _alone(run: "Run", store: "Store", device: str) -> "Iterator[tuple[Run, Measurement]]":
    from regard.experiment import performing

    return ((run, measurement) for measurement in performing(run, store, device))


def _follow(measurements: "Iterator[tuple[Run, Measurement]]", *, hidden: bool) -> None:
    """Draw a bar for each run while training goes on."""
    from regard.cli.console import progress
    from regard.core.catalogs import label

    with progress(hidden=hidden) as bar:
        bars: dict[str, TaskID] = {}
        for run, measurement in measurements:
            if run.digest not in bars:
                name = f"{run.task.name} {label(run.mechanisms)} seed {run.seed}"
                bars[run.digest] = bar.add_task(name, total=None, note="")
            task = bars[run.digest]
            if measurement.name == "train/total_steps":
                bar.update(task, total=int(measurement.value))
            if measurement.name == "validation/score":
                bar.update(task, note=f"validation {measurement.value:.4f}")
            bar.update(task, completed=measurement.step)


def _print_pack(summaries: list[dict[str, Any]], gain: float, *, as_json: bool) -> None:
    from regard.cli.console import print_json, results

    if as_json:
        print_json({"runs": summaries, "speed_up": gain})
        return
    for summary in summaries:
        _print(summary)
    results.print(f"{len(summaries)} seeds at once: {gain:.2f} times as fast as one after another.")


def _summary(run: "Run", store: "Store") -> dict[str, Any]:
    from regard.cli.examination import by_class, chances
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
        f"{summary['mechanism']} on {summary['task']}: {summary['outcome']} after {summary['steps']} steps",
        f"  validation {metric}  {best}  (chance {summary['chance']:.4f}, ceiling {summary['ceiling']:g})",
        f"  test {metric}        {read}",
        *found(summary),
        *([f"  note: {summary['note']}"] if summary["note"] else []),
        f"  {summary['folder']}",
    ]
    results.print("\n".join(lines), markup=False, soft_wrap=True)
