"""What performs jobs on another machine, one after another."""

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import final

from regard.core.errors import RegardError
from regard.core.execution import Execution
from regard.experiment.job import Job
from regard.experiment.messages import ClaimAnswer, Message
from regard.experiment.perform_here import perform_here
from regard.experiment.processes import Lost, Overdue, Worker
from regard.experiment.ray_cluster import settle
from regard.experiment.worker import Over, portable
from regard.store.store import FILE

Said = Message | Over | Lost | Overdue
"""What comes of a job. Errors are values here: on their way Ray would add its own traceback to them."""


@final
class Outpost:
    """Starts a local process for every job, as a `LocalPool` does, and hands on what it says."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        """What a command has of the environment, and where relative paths start."""
        settle(environment, folder)
        self._worker: Worker | None = None

    def arrive(self) -> None:
        """Return once everything has been imported."""

    def begin(self, job: Job, execution: Execution, seconds: float | None, threads: int | None) -> Said:
        """Start a job, for which its process may take so many seconds. Returns its first message."""
        try:
            _check_folder(job)
            self._worker = Worker(perform_here, (job, execution), seconds, threads)
        except RegardError as error:
            return Over(error=portable(error))
        return self._next(self._worker)

    def go_on(self, answer: ClaimAnswer | None) -> Said:
        """Answer the last message of the job. Returns the next one; the process of what is over has ended."""
        assert self._worker is not None, "a job goes on once it has begun"
        self._worker.answer(answer)
        return self._next(self._worker)

    def _next(self, worker: Worker) -> Said:
        said: Said
        try:
            said = worker.receive()
        except (Lost, Overdue) as error:
            said = error
        if isinstance(said, Over | Lost | Overdue):
            worker.kill()
        return said


def _check_folder(job: Job) -> None:
    """Refuse a project folder of another machine."""
    if job.folder is not None and not (job.folder / FILE).exists():
        machine = platform.node()
        raise RegardError(
            f"{job.folder} is not to be seen on the machine {machine}. Choose a project folder on a disk "
            "that all machines of the cluster share."
        )
