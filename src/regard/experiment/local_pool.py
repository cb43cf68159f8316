"""Jobs performed by local processes: a failure of one costs no other."""

from collections import deque
from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from multiprocessing.connection import wait
from typing import final

from regard.core.execution import Execution
from regard.core.run import Run
from regard.experiment.job import Ended, Job, Report
from regard.experiment.keeper import Keeper
from regard.experiment.perform_here import perform_here
from regard.experiment.pool import Pool
from regard.experiment.processes import Lost, Overdue, Worker
from regard.experiment.worker import Over

TICK_SECONDS = 0.5
"""How often time limits are looked after while no process says anything."""


@final
@dataclass
class _Running:
    """A job under way."""

    job: Job
    left: set[Run]
    """Those of its runs that have not been reported as ended."""
    worker: Worker


@final
class LocalPool(Pool):
    """Local processes, as many at a time as the execution has workers, each for one job only.

    A run that exceeds its time, ends its process or raises is reported as `failed` and costs no other; a pack
    whose process ends is given again, and if it ends once more its runs one by one. A run that another
    command performs is left to it, and reported when that has ended it. On Ctrl-C the processes are killed.
    """

    def __init__(self, execution: Execution, threads: int | None = 1) -> None:
        """torch has so many threads in each process; None leaves their number to torch."""
        super().__init__(execution)
        self.threads = threads
        self._keeper = Keeper()
        self._waiting: deque[Job] = deque()
        self._running: list[_Running] = []
        self._ready: deque[Report] = deque()
        self._lost: set[frozenset[Run]] = set()
        """Packs whose process has ended once."""

    def submit(self, job: Job) -> None:
        due, ended = self._keeper.admit(job)
        self._ready.extend(ended)
        if due is not None:
            self._waiting.append(due)

    def report(self) -> Generator[Report]:
        while self._ready or self._waiting or self._running:
            self._start()
            if self._ready:
                yield self._ready.popleft()
            else:
                self._listen()

    def close(self) -> None:
        for running in self._running:
            running.worker.kill()
        self._running.clear()
        self._waiting.clear()
        self._keeper.close()

    def _start(self) -> None:
        """Give waiting jobs to processes."""
        while self._waiting and len(self._running) < self.execution.workers:
            due, ended = self._keeper.admit(self._waiting.popleft())  # again: others work on the same folder
            self._ready.extend(ended)
            if due is not None:
                worker = Worker(perform_here, (due, self.execution), self._limit(due), self.threads)
                self._running.append(_Running(due, set(due.runs), worker))

    def _limit(self, job: Job) -> float | None:
        """The seconds that a job may take: a pack may take the time of all its runs."""
        seconds = self.execution.timeout_seconds
        return None if seconds is None else seconds * len(job.runs)

    def _listen(self) -> None:
        """Wait until something happens, and take note of it."""
        ready = set(wait([handle for each in self._running for handle in each.worker.handles], TICK_SECONDS))
        for running in list(self._running):
            if running.worker.overdue or ready.intersection(running.worker.handles):
                self._hear(running)

    def _hear(self, running: _Running) -> None:
        """Record what a process says and let it go on, or see what became of it."""
        try:
            message = running.worker.receive()
        except Overdue as overdue:
            self._lose(running, str(overdue))
        except Lost as lost:
            self._lose_or_retry(running, str(lost))
        else:
            if isinstance(message, Over):
                self._finish(running, message)
                return
            answer, reports = self._keeper.take(running.job, message)
            running.worker.answer(answer)
            self._ready.extend(reports)
            running.left -= {report.run for report in reports if isinstance(report, Ended)}

    def _finish(self, running: _Running, over: Over) -> None:
        """A process is done with a job; if another command performs some of its runs, not with all of it."""
        if over.error is not None:
            raise over.error
        self._again(running, [running.left] if running.left else [])

    def _again(self, running: _Running, parts: Iterable[set[Run]]) -> None:
        """Let what is left of a job wait, in parts."""
        for part in parts:
            runs = tuple(run for run in running.job.runs if run in part)
            self._waiting.append(replace(running.job, runs=runs))
        self._end(running)

    def _lose_or_retry(self, running: _Running, reason: str) -> None:
        """A process has ended over a job. A pack goes on as one, as if nothing had happened, if this is the
        first time; else each of its runs in a process of its own shows which was at fault.
        """
        pack = frozenset(running.job.runs)
        if len(pack) == 1:
            self._lose(running, reason)
        elif pack in self._lost:
            self._again(running, [{run} for run in running.left])
        else:
            self._lost.add(pack)
            self._again(running, [running.left])

    def _lose(self, running: _Running, reason: str) -> None:
        self._end(running)
        job = running.job
        self._ready.extend(self._keeper.lose(job, run, reason) for run in job.runs if run in running.left)

    def _end(self, running: _Running) -> None:
        self._running.remove(running)
        running.worker.kill()
