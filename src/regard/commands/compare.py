"""What `regard compare` and `regard.compare` do: a comparison, from its settings to its result."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from regard.commands.arguments import configured
from regard.comparison import Comparison, conduct, costs_of, eligible, keep, tabulate
from regard.configuration import Configuration
from regard.core.execution import Execution
from regard.core.results import ComparisonResult, LeftOut
from regard.core.spec import Spec, Specified
from regard.data import Task
from regard.experiment import pool_for
from regard.store import Store
from regard.tasks import TASKS


def compare(
    *,
    task: str | Spec | Specified,
    mechanism: str | Spec | tuple[str | Spec, ...] | list[str | Spec | tuple[str | Spec, ...]] = "softmax",
    seed: int = 0,
    out: Path | str = "out",
    device: str = "auto",
    form: str = "auto",
    evaluator: str = "auto",
    workers: int = 2,
    pool: str = "local",
    timeout: float | None = None,
    at_once: int = 1,
    **settings: Any,
) -> ComparisonResult:
    """Train every mechanism with the same grid and paired seeds, and judge the differences: `regard compare`.

        result = regard.compare(task="digits", mechanism=["softmax", "linear"], seeds=5)
        print(result)
        result.to_pandas()

    Settings are those of the command line, as in `regard.run`; a list holds what is compared, be it
    mechanisms or values of a setting of the model (`model={"qk_norm": ["none", "rms"]}`). Runs are trained
    in processes of their own, `workers` at a time, here or, with `pool="ray"`, on the machines of a Ray
    cluster. The same call again goes on where it stopped. Raises a
    `RegardError` for what the command line refuses.
    """
    execution = Execution(
        device=device,
        workers=workers,
        timeout_seconds=timeout,
        seeds_at_once=at_once,
        form=form,
        evaluator=evaluator,
        pool=pool,
    )
    return compare_by(quietly, configured(task, mechanism, settings), seed, out, execution)


Conducting = Callable[[Comparison, Store, Execution], object]
"""Performs all runs of a comparison, and shows in its own way how far it is."""


def quietly(comparison: Comparison, store: Store, execution: Execution) -> None:
    """Perform everything, and show nothing."""
    with pool_for(execution) as performing:
        for _ in conduct(comparison, store, performing):
            pass


def compare_by(
    conducting: Conducting,
    configuration: Configuration,
    first_seed: int,
    out: Path | str,
    execution: Execution,
) -> ComparisonResult:
    """A comparison from its settings to its result, which is kept."""
    comparison, left_out = planned(configuration, first_seed, execution.timeout_seconds)
    with Store(out) as store:
        conducting(comparison, store, execution)
        costs = costs_of(comparison, store, execution)
        result = tabulate(comparison, store, costs, left_out, execution.timeout_seconds)
        keep(result, store)
        return result


def planned(
    configuration: Configuration, first_seed: int, seconds: float | None = None
) -> tuple[Comparison, list[LeftOut]]:
    """What is compared, and what cannot take part and is left out because the whole catalog was chosen."""
    entries = list(configuration.entries)
    left_out: list[LeftOut] = []
    if configuration.whole_catalog:
        task: Task = TASKS.build(configuration.task.name, **configuration.task.settings)
        entries, left_out = eligible(entries, task, configuration.model, seconds)
    return configuration.compared(entries, first_seed), left_out
