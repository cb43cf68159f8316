"""The work of a job, message by message: the same in a worker's process and in one's own."""

from collections.abc import Generator
from contextlib import ExitStack

from regard.core.execution import Execution
from regard.core.run import Run
from regard.experiment.claim import claimed
from regard.experiment.job import Job
from regard.experiment.messages import ClaimAnswer, Claimed, Message, Work
from regard.experiment.read_test import read_test
from regard.experiment.train import TrackedRun, train

Due = list[tuple[Run, ClaimAnswer]]


def work_on(job: Job, execution: Execution, patience_seconds: float | None = None) -> Work:
    """Claim the runs of a job, and do what is still due of it once they are claimed.

    Raises `Busy` if another process holds one of them for `patience_seconds` (None: waits for ever),
    `Unwritable`, and for a training whatever its description gets wrong, before anything is kept of it.
    What goes wrong with a run afterwards is said in a message.
    """
    if job.what == "train":
        _refuse(job.runs, execution)
    with ExitStack() as claims:
        # always in one order, so that two packs never wait for each other
        for folder in sorted(folder for folder in map(job.folder_of, job.runs) if folder is not None):
            claims.enter_context(claimed(folder, patience_seconds))
        due = yield from _due(job)
        match job.what:
            case "train":
                tracked = [
                    TrackedRun(run, job.folder_of(run), with_weights=job.with_weights) for run, _ in due
                ]
                yield from train(tracked, execution)
            case "examine":
                for run, answer in due:
                    kept_in = job.folder_of(run)
                    assert kept_in is not None, "a job that examines has one"
                    yield from read_test(run, kept_in, answer.best_step, execution)


def _due(job: Job) -> Generator[Message, ClaimAnswer | None, Due]:
    """The runs of which something is left to do."""
    due = []
    for run in job.runs:
        answer = yield Claimed(run)
        assert answer is not None, "every claim is answered"
        if answer.due:
            due.append((run, answer))
    return due


def _refuse(runs: tuple[Run, ...], execution: Execution) -> None:
    from regard.training import refuse, refuse_packing  # noqa: PLC0415 (takes a second)

    refuse(runs[0], execution.device, execution.form, execution.evaluator)
    if len(runs) > 1:
        refuse_packing(runs[0])
