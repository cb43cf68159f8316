"""Jobs performed in this process, one after another."""

from collections import deque
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import final

from regard.core.execution import Execution
from regard.experiment.job import Job, Report
from regard.experiment.keeper import Keeper
from regard.experiment.messages import Work
from regard.experiment.pool import Pool
from regard.experiment.work import work_on


@final
class SerialPool(Pool):
    """A pool without processes: a job is performed while its reports are read, and no further.

    It knows no time limit, and a run that kills its process kills this one. While another process
    performs a run it waits, and raises `Busy` after `patience_seconds` (None: never).
    """

    def __init__(self, execution: Execution, patience_seconds: float | None = None) -> None:
        super().__init__(execution)
        self.patience_seconds = patience_seconds
        self._keeper = Keeper()
        self._waiting: deque[Job] = deque()
        self._ready: deque[Report] = deque()

    def submit(self, job: Job) -> None:
        due, ended = self._keeper.admit(job)
        self._ready.extend(ended)
        if due is not None:
            self._waiting.append(due)

    def report(self) -> Generator[Report]:
        while self._ready or self._waiting:
            if self._ready:
                yield self._ready.popleft()
            else:
                job = self._waiting.popleft()
                with closing(work_on(job, self.execution, self.patience_seconds)) as work:
                    yield from self._performed(job, work)

    def close(self) -> None:
        self._keeper.close()

    def _performed(self, job: Job, work: Work) -> Iterator[Report]:
        answer = None
        while True:
            try:
                message = work.send(answer)
            except StopIteration:
                return
            answer, reports = self._keeper.take(job, message)
            yield from reports
