"""`regard compare`: which mechanism, and whether the difference is real."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regard.cli.options import AtOnce, Device, Follow, Form, Json, Out, Overrides, Seed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regard.cli.configuration import Configuration
    from regard.compare import Comparison
    from regard.core.execution import Execution
    from regard.core.results import ComparisonResult, LeftOut, ModelCost
    from regard.experiment import Reader
    from regard.store import Store


def compare(
    overrides: Overrides = None,
    out: Out = Path("out"),
    seed: Seed = 0,
    device: Device = "auto",
    form: Form = "auto",
    workers: Annotated[int, typer.Option("--workers", min=1, help="Local processes.")] = 2,
    timeout: Annotated[
        float | None, typer.Option("--timeout", min=1, help="Seconds that one run may take.")
    ] = None,
    at_once: AtOnce = 1,
    follow: Follow = "",
    as_json: Json = False,
) -> None:
    """Train every mechanism with the same grid and paired seeds, and judge the differences.

    For instance: regard compare task=digits mechanism=softmax,linear,performer seeds=5. Settings of the model
    are compared alike: regard compare task=digits model.qk_norm=none,rms
    """
    from regard.cli.configuration import configure
    from regard.cli.following import readers_for
    from regard.compare import keep, tabulate
    from regard.core.execution import Execution
    from regard.store import Store

    execution = Execution(
        device=device, workers=workers, timeout_seconds=timeout, seeds_at_once=at_once, form=form
    )
    comparison, left_out = _comparison(configure(overrides or []), seed)
    with Store(out) as store:
        _conduct(comparison, store, execution, readers_for(follow, store.folder), hidden=as_json)
        result = tabulate(comparison, store, _costs(comparison, store, device, hidden=as_json), left_out)
        path = keep(result, store)
        _draw(comparison, store)
    _print(result, path, as_json=as_json)


def _comparison(configuration: "Configuration", seed: int) -> tuple["Comparison", list["LeftOut"]]:
    """What is compared, and what was named by `all` but cannot take part."""
    from regard.compare import Comparison, eligible
    from regard.tasks import TASKS

    entries = list(configuration.entries)
    left_out: list[LeftOut] = []
    if configuration.whole_catalog:
        task = TASKS.build(configuration.task.name, **configuration.task.settings)
        entries, left_out = eligible(entries, task, configuration.model)
    comparison = Comparison(
        task=configuration.task,
        entries=tuple(entries),
        model=configuration.model,
        objective=configuration.objective,
        optimizer=configuration.optimizer,
        training=configuration.training,
        first_seed=seed,
        **configuration.comparison,
    )
    return comparison, left_out


def _conduct(
    comparison: "Comparison", store: "Store", execution: "Execution", readers: "list[Reader]", *, hidden: bool
) -> None:
    """Perform everything, with a bar that also moves while runs are under way."""
    from regard.cli.bars import WholeBar
    from regard.cli.console import messages, progress
    from regard.cli.following import followed
    from regard.compare import conduct, pieces
    from regard.experiment import LocalPool

    with progress(hidden=hidden) as bars:
        bar = WholeBar(bars, comparison.task.name, pieces(comparison))
        with followed(LocalPool(execution), [bar, *readers]) as pool:
            for step in conduct(comparison, store, pool):
                if step.ended.outcome != "finished":
                    messages.print(f"{step.label}: {step.ended.outcome}. {step.ended.detail}", markup=False)
                bar.finish(step.done, f"{step.phase}: {step.label}, seed {step.run.seed}")
        bar.finish(pieces(comparison), "")


def _costs(
    comparison: "Comparison", store: "Store", device: str, *, hidden: bool
) -> "Mapping[str, ModelCost]":
    from regard.cli.console import messages
    from regard.compare import costs_of

    if hidden:
        return costs_of(comparison, store, device)
    with messages.status("Measuring costs"):
        return costs_of(comparison, store, device)


def _draw(comparison: "Comparison", store: "Store") -> None:
    """Pictures of what each entry took the test samples for, by its first seed that was tested."""
    from regard.cli.examination import draw_examination
    from regard.compare.plan import paired_runs

    for entry in comparison.entries:
        tested = [run for run in paired_runs(comparison, entry, store) if store.test(run.digest)]
        for run in tested[:1]:
            draw_examination(run, store.folder_of(run.digest))


def _print(result: "ComparisonResult", path: Path, *, as_json: bool) -> None:
    from regard.cli.console import print_json, results
    from regard.compare import table
    from regard.report.headline import headline

    if as_json:
        print_json(result.to_json())
        return
    results.print(table(result, results))
    results.print(headline(result), markup=False, soft_wrap=True)
    for out in result.left_out:
        results.print(f"left out: {out.mechanism}: {out.reason}", markup=False, soft_wrap=True)
    page = f"regard report {shlex.quote(str(path.parents[1]))}"
    results.print(f"The result: {path} (and .csv). The page: {page}", markup=False, soft_wrap=True)
