"""Jobs and pools, said shortly."""

from collections.abc import Iterable, Sequence

from regard.core.execution import Execution
from regard.core.run import Run
from regard.experiment import Ended, Job, LocalPool, Pool, packs
from regard.store import Store

CPU = Execution(device="cpu")


def local(workers: int = 1, **how) -> LocalPool:
    return LocalPool(Execution(device="cpu", workers=workers, **how))


def trainings(runs: Sequence[Run], store: Store, at_once: int = 1) -> list[Job]:
    return [Job(pack, folder=store.folder) for pack in packs(runs, at_once)]


def readings(runs: Sequence[Run], store: Store) -> list[Job]:
    return [Job((run,), "examine", store.folder) for run in runs]


def ends(pool: Pool, jobs: Iterable[Job] = ()) -> list[Ended]:
    """How all runs of the jobs ended, in the order of the reports."""
    for job in jobs:
        pool.submit(job)
    return [report for report in pool.report() if isinstance(report, Ended)]


def repeatable(measurements):
    return {(m.step, m.name, m.value) for m in measurements if not m.name.startswith("time/")}
