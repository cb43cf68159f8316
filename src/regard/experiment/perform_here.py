"""A job in a worker's process."""

from contextlib import closing, suppress
from multiprocessing.connection import Connection

from regard.core.execution import Execution
from regard.experiment.claim import Busy
from regard.experiment.confined import be_silent, limit_memory
from regard.experiment.job import Job
from regard.experiment.work import work_on

PATIENCE_SECONDS = 1.0
"""How long a worker waits for a run that another command performs, before it takes the next one."""


def perform_here(job: Job, execution: Execution, parent: Connection) -> None:
    """Do a job, going on after each message only when the parent has answered it.

    If another command is performing one of its runs, the rest of the job is left undone.
    """
    limit_memory(execution.memory_gib)
    if job.folder is None:
        be_silent()
    answer = None
    with suppress(Busy, StopIteration), closing(work_on(job, execution, PATIENCE_SECONDS)) as work:
        while True:
            parent.send(work.send(answer))
            answer = parent.recv()
