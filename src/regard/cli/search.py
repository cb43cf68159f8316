"""`regard search`: look for mechanisms that nobody has thought of."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from regard.cli.options import Device, Json, Out, PoolKind, Timeout

app = typer.Typer(help="Search for attention mechanisms.", no_args_is_help=True)

Settings = Annotated[
    list[str] | None,
    typer.Argument(metavar="KEY=VALUE...", help="For instance +preset=small evaluations=100."),
]
Folder = Annotated[Path, typer.Argument(help="The folder that `--out` named.")]


def run(
    overrides: Settings = None,
    out: Out = Path("out"),
    device: Device = "cpu",
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes that train at once.")] = 2,
    pool: PoolKind = "local",
    timeout: Timeout = 300.0,
    memory: Annotated[
        float | None, typer.Option("--memory", help="GiB that one training may take; Linux only.")
    ] = 8.0,
) -> None:
    """Search, and keep the front in `front.json`; the same command again goes on where it stopped.

    For instance: regard search run +preset=small --out found
    """
    from regard.cli.console import say
    from regard.cli.search_signs import note, print_front
    from regard.cli.signs import progress
    from regard.commands.search import FRONT, SearchSession
    from regard.configuration.search import configure_search
    from regard.core.execution import Execution

    settings = configure_search(overrides or [])
    execution = Execution(
        device=device, workers=workers, timeout_seconds=timeout, memory_gib=memory, pool=pool
    )
    with progress() as bars:
        first = "starting" if settings.null else "qualifying the proxies"
        task = bars.add_task("search", total=settings.evaluations, note=first)
        for step, stands in SearchSession(settings, out, execution).steps():
            bars.update(task, completed=step.judged, note=note(len(step.front), stands))
    print_front(out)
    say(f"The front: {out / FRONT}")


def status(folder: Folder, as_json: Json = False) -> None:
    """What a search has reached, from any terminal, while it runs or afterwards.

    It tells how far the search has come, how well its first rung foretells the second, the front, and what
    that descends from.
    """
    from dataclasses import asdict

    from regard.cli.console import print_json
    from regard.cli.search_signs import print_front, print_lineage, print_standing
    from regard.commands.search_status import standing
    from regard.search.ledger import Ledger

    with Ledger.existing(folder) as ledger:
        found = standing(ledger)
    if as_json:
        print_json(asdict(found))
        return
    print_standing(found)
    print_front(folder)
    print_lineage(folder)


def export(
    folder: Folder,
    candidate: Annotated[int, typer.Option("--candidate", min=1, help="Its place on the front.")] = 1,
) -> None:
    """Write a candidate as a PyTorch file that needs no regard, as a graph, a formula and a picture."""
    from regard.cli.console import say
    from regard.commands.search_export import export as write_files

    for path in write_files(folder, candidate):
        say(str(path))


def report(folder: Folder) -> None:
    """Write the page of a search: front, hypervolume, operators, rungs, flattery, lineage."""
    from regard.cli.console import say
    from regard.commands.search_report import report_search

    say(f"The page: {report_search(folder)}")


def ablate(
    folder: Folder,
    candidate: Annotated[int, typer.Option("--candidate", min=1, help="Its place on the front.")] = 1,
    device: Device = "cpu",
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes that train at once.")] = 2,
    timeout: Timeout = 300.0,
) -> None:
    """Train a candidate without each of its parts, with the same seeds: which of them are of use."""
    from regard.cli.console import explain
    from regard.cli.signs import working
    from regard.cli.tables import Column, print_table
    from regard.commands.search_ablation import ablate as take_apart
    from regard.core.execution import Execution
    from regard.core.numbers import counted, significant

    execution = Execution(device=device, workers=workers, timeout_seconds=timeout)
    with working("Training it without each of its parts"):
        found = take_apart(folder, candidate, execution)
    explain(
        f"The whole, {found.label}: {significant(found.quality)} over {counted(len(found.seeds), 'seed')}."
    )
    columns = [
        Column("without", [each.part for each in found.parts]),
        Column("quality", [significant(each.quality) for each in found.parts], justify="right"),
        Column("difference", [significant(each.difference) for each in found.parts], justify="right"),
        Column("standard error", [significant(each.error) for each in found.parts], justify="right"),
    ]
    print_table(columns, Column("what is left", [each.reason or each.label for each in found.parts]))


def benchmark(
    folder: Folder,
    candidate: Annotated[int, typer.Option("--candidate", min=1, help="Its place on the front.")] = 1,
    tasks: Annotated[
        list[str] | None,
        typer.Option("--task", help="TASK or TASK.VARIANT, as often as there are tasks; else recall."),
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", help="Fresh paired seeds, at least 10.")] = 10,
    device: Device = "auto",
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes that train at once.")] = 2,
    pool: PoolKind = "local",
    timeout: Timeout = None,
) -> None:
    """Train a candidate anew, against softmax and the nearest known mechanism, and judge it on test splits.

    For instance: regard search benchmark found --candidate 1 --task cifar10 --task imdb
    """
    from regard.cli.compare import conducted
    from regard.cli.tables import Column, print_table
    from regard.commands.search_benchmark import benchmark as confirm
    from regard.core.execution import Execution
    from regard.core.numbers import p_value, percent, points

    execution = Execution(device=device, workers=workers, pool=pool, timeout_seconds=timeout)
    conducting = partial(conducted, readers=[])
    found = confirm(folder, candidate, execution, conducting, tasks=tasks or ["recall"], seeds=seeds)
    columns = [
        Column("task", [each.task for each in found.judged]),
        Column("against", [each.rival for each in found.judged]),
        Column("candidate", [percent(each.candidate_mean) for each in found.judged], justify="right"),
        Column("rival", [percent(each.rival_mean) for each in found.judged], justify="right"),
        Column("difference", [points(each.difference) for each in found.judged], justify="right"),
        Column("p (Holm)", [p_value(each.p_holm) for each in found.judged], justify="right"),
    ]
    print_table(columns, Column("pairs", [str(each.pairs) for each in found.judged]))
