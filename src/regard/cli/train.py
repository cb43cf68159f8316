"""`regard train`: one run or several seeds of it, from description to stored measurements."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
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
    from regard.commands import TrainedRun
    from regard.core.execution import Execution
    from regard.core.run import Run
    from regard.experiment import Job, Pool, Report
    from regard.store import Store


MOST_SEEDS = 1000


def train(
    overrides: Overrides = None,
    out: Out = Path("out"),
    seed: Seed = 0,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many seeds, counted from --seed.")] = 1,
    at_once: AtOnce = 1,
    device: Device = "auto",
    form: Form = "auto",
    pool: PoolKind = "local",
    evaluator: Evaluator = "auto",
    timeout: Timeout = None,
    test: Annotated[bool, typer.Option("--test", help="Read the test split at the end, once.")] = False,
    follow: Follow = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Train one model; the same command again goes on where it stopped, or tells what is known."""
    from regard.cli.dry_run import tell_dry_run
    from regard.commands import TrainedRun
    from regard.commands.dry_run import dry_train
    from regard.commands.failures import raise_failures
    from regard.commands.train import examine, perform
    from regard.configuration import configure
    from regard.core.errors import InvalidOption
    from regard.core.execution import Execution
    from regard.experiment import Job, packs
    from regard.store import Store

    execution = Execution(
        device=device,
        workers=1,
        timeout_seconds=timeout,
        seeds_at_once=at_once,
        form=form,
        evaluator=evaluator,
        pool=pool,
    )
    if seeds > MOST_SEEDS:
        raise InvalidOption(f"One command trains at most {MOST_SEEDS:,} seeds, not {seeds:,}. Give fewer.")
    if at_once > seeds:
        raise InvalidOption(
            f"--at-once {at_once} needs as many seeds. Give --seeds {at_once}, or leave it out."
        )
    run = configure(overrides or []).run(seed)
    runs = [replace(run, seed=seed + i) for i in range(seeds)]
    if dry_run:
        tell_dry_run(lambda: dry_train(runs, out, execution), as_json=as_json)
        return
    with Store(out) as store:
        with _pool(execution, runs, follow, store.folder) as performing:
            trainings = [Job(pack, folder=store.folder) for pack in packs(runs, at_once)]
            reports = perform(trainings, performing)
            packed = _packed(trainings, reports)
            if test:
                reports += examine(runs, store, performing)
        summaries = [TrainedRun.of(each, store) for each in runs]
        _print_all(summaries, packed, execution, alone=len(runs) == 1, as_json=as_json)
        _draw(runs, store)
    raise_failures(reports)


@contextmanager
def _pool(execution: "Execution", runs: "list[Run]", follow: str, folder: Path) -> "Iterator[Pool]":
    """One process at a time, with torch's own number of threads, followed by a bar for each run."""
    from regard.cli.bars import RunBars
    from regard.cli.following import followed, readers_for
    from regard.cli.signs import progress
    from regard.experiment import pool_for

    readers, pool = readers_for(follow, folder), pool_for(execution, threads=None)
    with progress() as bars, followed(pool, [RunBars(bars, runs), *readers]) as pool:
        yield pool


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


def _print_all(
    summaries: "list[TrainedRun]",
    packed: "list[Run]",
    execution: "Execution",
    *,
    alone: bool,
    as_json: bool,
) -> None:
    """What is known of each seed, and what it gained that some of them were trained at once."""
    from regard.cli.console import print_json, say

    gain = _gain(packed, execution) if packed else None
    if not as_json:
        for summary in summaries:
            say(str(summary))
        if gain is not None:
            say(f"{len(packed)} seeds at once: {gain:.2f} times as fast as one after another.")
    elif not alone:
        print_json({"runs": [each.to_json() for each in summaries], "speed_up": gain})
    elif summaries:
        print_json(summaries[0].to_json())


def _gain(packed: "list[Run]", execution: "Execution") -> float | None:
    """What training at once has gained; None where it could not be measured."""
    from regard.cli.console import tell
    from regard.core.errors import RegardError
    from regard.experiment import apart
    from regard.training.pack.gain import gains

    try:
        (gain,) = apart(gains, packed, execution.device, seconds=execution.timeout_seconds, threads=None)
    except RegardError as error:
        tell(f"What packing gains could not be measured. {error}")
        return None
    return gain
