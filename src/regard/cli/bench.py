"""`regard bench`: what mechanisms cost by length on this machine, and how near they are to softmax."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regard.cli.options import Device, Json, Out, Overrides, Seed, Timeout

if TYPE_CHECKING:
    from regard.commands.bench import BenchmarkSession


def bench(
    overrides: Overrides = None,
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
    remeasure: Annotated[bool, typer.Option("--remeasure", help="Measure everything anew.")] = False,
    as_json: Json = False,
) -> None:
    """Measure FLOPs, times and memory by length, and errors against exact softmax.

    For instance: regard bench mechanism=softmax,linear,local lengths=256,1024,4096 causal=true
    """
    from regard.cli.signs import working
    from regard.commands.bench import BenchmarkSession, Measuring
    from regard.configuration.benchmark import configure_benchmark
    from regard.store import Store

    choice = configure_benchmark(overrides or [], seed)
    how = Measuring(device=device, threads=threads, seconds=seconds, gibibytes=memory, timeout=timeout)
    with Store(out) as store, BenchmarkSession(choice, store, how, remeasure=remeasure) as session:
        with working("Preparing the benchmark"):
            session.prepare()
        _conduct(session)
        _print(session, as_json=as_json)


def _conduct(session: "BenchmarkSession") -> None:
    """Measure everything, with a bar."""
    from regard.benchmark import pieces
    from regard.cli.signs import progress

    with progress() as bars:
        task = bars.add_task("bench", total=pieces(session.benchmark), note="starting")
        for step in session.steps():
            bars.update(task, completed=step.done, note=step.note)


def _print(session: "BenchmarkSession", *, as_json: bool) -> None:
    from regard.cli.console import explain, print_json, results, say
    from regard.core.results.advice import advice
    from regard.core.results.benchmark_table import legend, tables

    result = session.result
    if as_json:
        print_json(result.to_json())
        return
    for table in tables(result, results):
        results.print(table)
    explain(legend(result))
    for line in advice(result):
        say(line)
    for out in result.left_out:
        say(f"left out: {out.mechanism}: {out.reason}")
    page = f"regard report {shlex.quote(str(session.store.folder))}"
    say(f"The result: {session.path} (and .csv). The page: {page}")
