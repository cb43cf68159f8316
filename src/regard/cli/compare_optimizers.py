"""`regard compare-optimizers`: training with and without gradients, at equal cost and equal loss."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regard.cli.options import Device, DryRun, Evaluator, Follow, Form, Json, Out, Overrides, Seed, Timeout

if TYPE_CHECKING:
    from regard.core.results import OptimizersResult


def compare_optimizers(
    overrides: Overrides = None,
    out: Out = Path("out"),
    seed: Seed = 0,
    device: Device = "auto",
    form: Form = "auto",
    evaluator: Evaluator = "auto",
    workers: Annotated[int, typer.Option("--workers", min=1, help="Local processes.")] = 2,
    timeout: Timeout = None,
    follow: Follow = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Train one model with several optimizers, each at the same budget of forward-equivalents and with paired
    seeds; tell fit apart from generalization, at the equal budget and at equal training loss.

    For instance: regard compare-optimizers task=membership optimizer=adamw,sgd,pattern_search budget=20000.
    Every optimizer chooses its tuned setting from its own grid on validation data. Models are compared alike:
    model.features=16,32,64
    """
    from regard.cli.compare import conducted
    from regard.cli.dry_run import tell_dry_run
    from regard.cli.following import readers_for
    from regard.cli.signs import working
    from regard.commands.compare_optimizers import planned_study
    from regard.commands.dry_run import dry_compare
    from regard.commands.failures import raise_failures
    from regard.comparison.documents import keep_study
    from regard.comparison.study import tabulate_optimizers
    from regard.core.execution import Execution
    from regard.store import Store

    execution = Execution(
        device=device, workers=workers, timeout_seconds=timeout, form=form, evaluator=evaluator
    )
    with working("Preparing the comparison"):
        comparison = planned_study(overrides or [], seed)
    if dry_run:
        tell_dry_run(lambda: dry_compare(comparison, out, execution), as_json=as_json)
        return
    with Store(out) as store:
        reports = conducted(comparison, store, execution, readers_for(follow, store.folder))
        result = tabulate_optimizers(comparison, store)
        _print(result, keep_study(result, store), as_json=as_json)
    raise_failures(reports)


def _print(result: "OptimizersResult", path: Path, *, as_json: bool) -> None:
    from regard.cli.console import print_json, results, say
    from regard.core.results.optimizers_table import table

    if as_json:
        print_json(result.to_json())
        return
    results.print(table(result, results.width))
    page = f"regard report {shlex.quote(str(path.parents[1]))}"
    say(f"The result: {path} (also .csv and .curves.csv). The page: {page}")
