"""What `regard train` and `regard.run` do: runs trained into a project folder, and their test splits read."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from regard.commands.arguments import configured
from regard.commands.failures import raise_failures
from regard.commands.trained_run import TrainedRun
from regard.core.execution import Execution
from regard.core.run import Run
from regard.core.spec import Spec, Specified
from regard.experiment import Job, Pool, Report, SerialPool
from regard.store import Store


def run(
    *,
    task: str | Spec | Specified,
    mechanism: str | Spec | tuple[str | Spec, ...] = "softmax",
    seed: int = 0,
    test: bool = False,
    out: Path | str = "out",
    device: str = "auto",
    form: str = "auto",
    evaluator: str = "auto",
    **settings: Any,
) -> TrainedRun:
    """Train one model with the recipe of its task, as `regard train` does, and tell what it reached.

        trained = regard.run(task="digits", mechanism="linformer", training={"epochs": 3})

    Settings are those of the command line (`regard settings digits` lists them): a group as a mapping, a
    part with options as a `Spec`, or any key by its whole name, `**{"mechanism.rank": 8}`. A tuple of
    mechanisms is one per layer. The same call again goes on where it stopped, or tells what is known. With
    `test` the test split is read, once.

    Raises a `RegardError` for what the command line refuses, and `RunFailed` where the run fails.
    """
    described = configured(task, mechanism, settings).run(seed)
    execution = Execution(device=device, form=form, evaluator=evaluator)
    with Store(out) as store, SerialPool(execution) as pool:
        reports = perform([Job((described,), folder=store.folder)], pool)
        if test:
            reports += examine([described], store, pool)
        raise_failures(reports)
        return TrainedRun.of(described, store)


def perform(jobs: Iterable[Job], pool: Pool) -> list[Report]:
    """Everything that a pool reports of some jobs, once all have ended."""
    for job in jobs:
        pool.submit(job)
    return list(pool.report())


def examine(runs: Iterable[Run], store: Store, pool: Pool) -> list[Report]:
    """Read the test split for the runs that have finished."""
    finished = [run for run in runs if store.outcome(run.digest) == "finished"]
    return perform([Job((run,), "examine", store.folder) for run in finished], pool)
