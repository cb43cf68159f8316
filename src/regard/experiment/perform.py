"""One run in this process, from its description to stored measurements."""

from collections.abc import Iterator
from contextlib import closing

from regard.core.errors import RunFailed
from regard.core.execution import Execution
from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.experiment.job import Ended, Job, Measured
from regard.experiment.serial_pool import SerialPool
from regard.store import Outcome, Store

PLAIN = Execution()
"""Carried out in the usual way."""


def perform(
    run: Run, store: Store, execution: Execution = PLAIN, patience_seconds: float | None = None
) -> Outcome:
    """Train what `run` describes, go on where it was interrupted, or return at once if it has ended.

    While another process performs the same run this one waits for it, and raises `Busy` after
    `patience_seconds` (None: never). Raises `RunFailed` for whatever goes wrong within the run,
    `Unwritable` or `Corrupt` for what goes wrong with the store, and `Corrupt` if the run's data have
    changed since it was started. What a description gets wrong (see `regard.training.parts.refuse`) is raised
    before anything is kept of it.
    """
    for _ in performing(run, store, execution, patience_seconds):
        pass
    outcome = store.outcome(run.digest)
    assert outcome is not None
    return outcome


def performing(
    run: Run, store: Store, execution: Execution = PLAIN, patience_seconds: float | None = None
) -> Iterator[Measurement]:
    """The same as `perform`, step by step: each measurement, as soon as it is in the store.

    The first is `train/total_steps`; a run that has ended before gives none. Training goes on only when
    the next one is asked for, so a checkpoint never knows more than the store.
    """
    with SerialPool(execution, patience_seconds) as pool:
        pool.submit(Job((run,), folder=store.folder))
        with closing(pool.report()) as reports:
            for report in reports:
                if isinstance(report, Measured):
                    yield report.measurement
                if isinstance(report, Ended) and report.outcome == "failed":
                    raise RunFailed(report.detail)


def examine(
    digest: str, store: Store, execution: Execution = PLAIN, patience_seconds: float | None = None
) -> float:
    """The test score of a finished run, with the weights that did best on validation data.

    The test split is read on the first call only, and the store says when; later calls return what
    was found then. Raises `RunFailed` for a run that has not finished, and where reading goes wrong, and
    `Corrupt` if the run's data have changed since it was started.
    """
    with SerialPool(execution, patience_seconds) as pool:
        pool.submit(Job((store.run(digest),), "examine", store.folder))
        for report in pool.report():
            if isinstance(report, Ended) and report.outcome == "failed":
                raise RunFailed(report.detail)
    test = store.test(digest)
    assert test is not None
    return test.value
