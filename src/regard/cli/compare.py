"""`regard compare`: which mechanism, and whether the difference is real."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regard.cli.options import (
    AtOnce,
    Device,
    DryRun,
    Evaluator,
    Follow,
    Form,
    Json,
    Out,
    Overrides,
    PoolKind,
    Seed,
    Timeout,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regard.comparison import Comparison
    from regard.core.execution import Execution
    from regard.core.results import ComparisonResult, ModelCost
    from regard.experiment import Ended, Reader
    from regard.store import Store


def compare(
    overrides: Overrides = None,
    out: Out = Path("out"),
    seed: Seed = 0,
    device: Device = "auto",
    form: Form = "auto",
    evaluator: Evaluator = "auto",
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes that train at once.")] = 2,
    pool: PoolKind = "local",
    timeout: Timeout = None,
    at_once: AtOnce = 1,
    remeasure: Annotated[
        bool, typer.Option("--remeasure", help="Measure the costs anew; no run is repeated.")
    ] = False,
    follow: Follow = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Train every mechanism with the same grid and paired seeds, and judge the differences.

    For instance: regard compare task=digits mechanism=softmax,linear,performer seeds=5. Settings of the model
    are compared alike: regard compare task=digits model.qk_norm=none,rms
    """
    from regard.cli.console import tell
    from regard.cli.dry_run import tell_dry_run
    from regard.cli.following import readers_for
    from regard.cli.signs import working
    from regard.commands.compare import planned
    from regard.commands.dry_run import dry_compare
    from regard.commands.failures import raise_failures
    from regard.comparison import keep, tabulate
    from regard.configuration import configure
    from regard.core.execution import Execution
    from regard.store import Store

    execution = Execution(
        device=device,
        workers=workers,
        timeout_seconds=timeout,
        seeds_at_once=at_once,
        form=form,
        evaluator=evaluator,
        pool=pool,
    )
    with working("Preparing the comparison"):
        comparison, left_out = planned(configure(overrides or []), seed, timeout)
    for out_of_it in left_out:
        tell(f"left out: {out_of_it.mechanism}: {out_of_it.reason}")
    if dry_run:
        tell_dry_run(lambda: dry_compare(comparison, out, execution), as_json=as_json)
        return
    with Store(out) as store:
        reports = conducted(comparison, store, execution, readers_for(follow, store.folder))
        costs = _costs(comparison, store, execution, remeasure=remeasure)
        result = tabulate(comparison, store, costs, left_out, timeout)
        path = keep(result, store)
        _print(result, path, as_json=as_json)
        _draw(comparison, store)
    raise_failures(reports)


def conducted(
    comparison: "Comparison", store: "Store", execution: "Execution", readers: "list[Reader]"
) -> "list[Ended]":
    """Perform everything, with a bar that also moves while runs are under way. Returns how the runs ended."""
    from regard.cli.bars import WholeBar
    from regard.cli.console import tell
    from regard.cli.following import followed
    from regard.cli.signs import progress
    from regard.comparison import conduct, pieces
    from regard.experiment import pool_for

    ended = []
    with progress() as bars:
        bar = WholeBar(bars, comparison.task.name, pieces(comparison))
        with followed(pool_for(execution), [bar, *readers]) as pool:
            for step in conduct(comparison, store, pool):
                ended.append(step.ended)
                if step.ended.outcome != "finished":
                    tell(f"{step.label}: {step.ended.outcome}. {step.ended.detail}")
                bar.finish(step.done, f"{step.phase}: {step.label}, seed {step.run.seed}")
        bar.finish(pieces(comparison), "")
    return ended


def _costs(
    comparison: "Comparison", store: "Store", execution: "Execution", *, remeasure: bool
) -> "Mapping[str, ModelCost]":
    from regard.cli.signs import working
    from regard.comparison import costs_of, measure_costs

    with working("Measuring costs"):
        return measure_costs(comparison, execution) if remeasure else costs_of(comparison, store, execution)


def _draw(comparison: "Comparison", store: "Store") -> None:
    """Pictures of what each entry took the test samples for, by its first seed that was tested."""
    from regard.cli.examination import draw_examination
    from regard.comparison.plan import paired_runs

    for entry in comparison.entries:
        tested = [run for run in paired_runs(comparison, entry, store) if store.test(run.digest)]
        for run in tested[:1]:
            draw_examination(run, store.folder_of(run.digest))


def _print(result: "ComparisonResult", path: Path, *, as_json: bool) -> None:
    from regard.cli.console import print_json, results, say
    from regard.comparison import table
    from regard.core.results.headline import headline

    if as_json:
        print_json(result.to_json())
        return
    results.print(table(result, results))
    say(headline(result))
    for out in result.left_out:
        say(f"left out: {out.mechanism}: {out.reason}")
    page = f"regard report {shlex.quote(str(path.parents[1]))}"
    say(f"The result: {path} (and .csv). The page: {page}")
