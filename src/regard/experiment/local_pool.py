"""Jobs performed by processes of this machine."""

from collections.abc import Iterable
from multiprocessing.connection import wait
from typing import final

from regard.core.execution import Execution
from regard.experiment.job import Job
from regard.experiment.perform_here import perform_here
from regard.experiment.processes import Worker
from regard.experiment.worker_pool import TICK_SECONDS, Running, WorkerPool


@final
class LocalPool(WorkerPool[Worker]):
    """Local processes, each for one job only. On Ctrl-C they are killed."""

    def __init__(self, execution: Execution, threads: int | None = 1) -> None:
        """torch has so many threads in each process; None leaves their number to torch."""
        super().__init__(execution)
        self.threads = threads

    @property
    def _has_room(self) -> bool:
        return len(self._running) < self.execution.workers

    def _give(self, job: Job, seconds: float | None) -> Worker:
        return Worker(perform_here, (job, self.execution), seconds, self.threads)

    def _hear(self) -> Iterable[Running[Worker]]:
        ready = set(wait([handle for each in self._running for handle in each.worker.handles], TICK_SECONDS))
        return [
            running
            for running in self._running
            if running.worker.overdue or ready.intersection(running.worker.handles)
        ]

    def _release(self, worker: Worker) -> None:
        worker.kill()
