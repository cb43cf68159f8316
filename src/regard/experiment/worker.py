"""What happens in a worker's process."""

import multiprocessing
import os
import threading
from contextlib import closing
from multiprocessing.connection import Connection

from regard.core.execution import Execution
from regard.experiment.claim import Busy
from regard.experiment.job import Job
from regard.experiment.work import work_on

PATIENCE_SECONDS = 1.0
"""How long a worker waits for a run that another command performs, before it takes the next one."""


def begin() -> None:
    """Prepare a fresh process: one thread, torch imported, and an end when the parent ends."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # here, so that its import is not charged to the first run's time limit
    import torch  # noqa: PLC0415

    torch.set_num_threads(1)


def _end_with_parent() -> None:
    """A parent that is killed cannot end its workers, and the next command would wait for them."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def perform_here(job: Job, execution: Execution, parent: Connection) -> bool:
    """Do a job, going on after each message only when the parent has answered it.

    Returns False if another command is performing one of its runs: the job must be given again.
    """
    work = work_on(job, execution, PATIENCE_SECONDS)
    answer = None
    with parent, closing(work):
        while True:
            try:
                message = work.send(answer)
            except StopIteration:
                return True
            except Busy:
                return False
            parent.send(message)
            answer = parent.recv()
