"""`regard bench`: what mechanisms cost by length on this machine, and how near they are to softmax."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regard.cli.completion import complete
from regard.cli.options import Device, Json, Out, Seed, Timeout

if TYPE_CHECKING:
    from regard.commands.bench import BenchmarkSession
    from regard.core.results import BenchmarkResult


Settings = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="KEY=VALUE...",
        help="For instance mechanism=softmax,linear lengths=256,1024; `regard settings` lists all.",
        autocompletion=complete,
    ),
]


def bench(
    overrides: Settings = None,
    out: Out = Path("out"),
    seed: Seed = 0,
    device: Device = "auto",
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads of torch on the CPU.")] = 1,
    seconds: Annotated[
        float, typer.Option("--seconds", help="Leave out what one call would take longer for.")
    ] = 10.0,
    memory: Annotated[
        float | None,
        typer.Option("--memory", help="Leave out what would take more GiB; most of what is free by default."),
    ] = None,
    timeout: Timeout = None,
    pool: Annotated[
        str, typer.Option("--pool", help="What is measured: this machine (local), or one of a ray cluster.")
    ] = "local",
    budget: Annotated[
        str | None,
        typer.Option("--budget", help="List what keeps a budget of time forward, such as 10ms."),
    ] = None,
    length: Annotated[int | None, typer.Option("--length", help="The same as lengths=N.")] = None,
    causal: Annotated[
        bool | None, typer.Option("--causal/--not-causal", help="The same as causal=true or causal=false.")
    ] = None,
    remeasure: Annotated[bool, typer.Option("--remeasure", help="Measure everything anew.")] = False,
    as_json: Json = False,
) -> None:
    """Measure FLOPs, times and memory by length, and errors against exact softmax.

    For instance: regard bench mechanism=softmax,linear,local lengths=256,1024,4096 causal=true. What keeps a
    budget: regard bench --budget 10ms --length 4096 --causal
    """
    from regard.cli.signs import working
    from regard.commands.bench import BenchmarkSession, Measuring
    from regard.configuration.benchmark import configure_benchmark
    from regard.configuration.budget import budget_ms
    from regard.store import Store

    limit = None if budget is None else budget_ms(budget)
    choice = configure_benchmark([*(overrides or []), *_shorthands(length, causal)], seed)
    how = Measuring(
        device=device, threads=threads, seconds=seconds, gibibytes=memory, timeout=timeout, pool=pool
    )
    with Store(out) as store, BenchmarkSession(choice, store, how, remeasure=remeasure) as session:
        with working("Preparing the benchmark"):
            session.prepare()
        _conduct(session)
        _print(session, limit, as_json=as_json)


def _shorthands(length: int | None, causal: bool | None) -> list[str]:
    """The options that are settings."""
    said = [] if length is None else [f"lengths={length}"]
    return said if causal is None else [*said, f"causal={str(causal).lower()}"]


def _conduct(session: "BenchmarkSession") -> None:
    """Measure everything, with a bar."""
    from regard.benchmark import pieces
    from regard.cli.signs import progress

    with progress() as bars:
        task = bars.add_task("bench", total=pieces(session.benchmark), note="starting")
        for step in session.steps():
            bars.update(task, completed=step.done, note=step.note)


def _print(session: "BenchmarkSession", limit: float | None, *, as_json: bool) -> None:
    from regard.cli.console import explain, print_json, results, say
    from regard.core.results.advice import advice
    from regard.core.results.benchmark_table import legend, not_measured, tables

    result = session.result
    if as_json:
        print_json(result.to_json())
        return
    if limit is None:
        for table in tables(result, results):
            results.print(table)
        lines = [legend(result), *not_measured(result), *advice(result)]
    else:
        for shape in result.shapes:
            _print_short_list(result, shape, limit)
        lines = not_measured(result)
    for line in lines:
        explain(line)
    page = f"regard report {shlex.quote(str(session.store.folder))}"
    say(f"The result: {session.path} (and .csv). The page: {page}")


def _print_short_list(result: "BenchmarkResult", shape: tuple[bool, int], limit: float) -> None:
    """What keeps the budget, the fastest first, with what it claims; below it what does not."""
    from regard.cli.console import explain
    from regard.cli.tables import Column, print_table
    from regard.core.numbers import significant
    from regard.core.results.advice import shape_words
    from regard.core.results.short_list import short_list

    found = short_list(result, shape, limit)
    shown = [one for one in found if one.place != "beyond"]
    beyond = [f"{one.row.label} ({one.cost[0]} ms)" for one in found if one.place == "beyond"]
    explain(f"{shape_words(shape)}, {result.machine}: forward within {significant(limit)} ms", style="bold")
    if shown:
        times, ranges, memory = zip(*(one.cost for one in shown), strict=True)
        columns = [
            Column("mechanism", [one.row.label for one in shown]),
            Column("ms", times, justify="right"),
            Column("[fastest, slowest]", ranges, goes=2),
            Column("budget", [one.place for one in shown], goes=1),
            Column("memory", memory, goes=3, justify="right"),
        ]
        print_table(columns, Column("what it is", [one.claims for one in shown]))
    explain(f"Beyond: {', '.join(beyond)}." if beyond else "None is beyond the budget.")
