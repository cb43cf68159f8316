"""Jobs performed by local processes: a failure of one costs no other."""

import multiprocessing
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from typing import final

from pebble import ProcessExpired

from regard.core.execution import Execution
from regard.core.run import Run
from regard.experiment.job import Ended, Job, Report
from regard.experiment.keeper import Keeper
from regard.experiment.pool import Pool
from regard.experiment.processes import Processes, cause

TICK_SECONDS = 0.5
"""How often the processes are looked after while none of them says anything."""


@final
@dataclass
class _Running:
    """A job under way."""

    job: Job
    left: set[Run]
    """Those of its runs that have not been reported as ended."""
    future: "Future[bool]"
    ours: Connection
    theirs: Connection
    """The process's end of the pipe: held here until the process holds it."""
    speaks: bool = True
    """Whether there is still a process at the other end."""

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()


@final
class LocalPool(Pool):
    """As many local processes as the execution has workers, with one torch thread each.

    The processes start with the first job that needs one and stay until the end. A run that exceeds its
    time, kills its process or raises is reported as `failed` and costs no other; the runs of a pack whose
    process is killed are given again one by one. A run that another command performs is left to it, and
    reported when that has ended it. On Ctrl-C the processes are killed.

    A script that uses it must do so under `if __name__ == "__main__":`.
    """

    def __init__(self, execution: Execution) -> None:
        super().__init__(execution)
        self._keeper = Keeper()
        self._processes = Processes(execution)
        self._waiting: deque[Job] = deque()
        self._running: list[_Running] = []
        self._ready: deque[Report] = deque()
        self._heard, self._bell = multiprocessing.Pipe(duplex=False)

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
        self._processes.end()
        for running in self._running:
            running.close()
        self._running.clear()
        self._waiting.clear()
        self._keeper.close()
        self._heard.close()
        self._bell.close()

    def _start(self) -> None:
        """Give waiting jobs to free processes."""
        while self._waiting and len(self._running) < self.execution.workers:
            due, ended = self._keeper.admit(self._waiting.popleft())  # again: others work on the same folder
            self._ready.extend(ended)
            if due is not None:
                ours, theirs = multiprocessing.Pipe()
                future = self._processes.start(due, theirs, self._ring)
                self._running.append(_Running(due, set(due.runs), future, ours, theirs))

    def _ring(self) -> None:
        with suppress(OSError):  # the pool has been closed in the meantime
            self._bell.send_bytes(b"\0")

    def _listen(self) -> None:
        """Wait until something happens, and take note of it."""
        speaking = [running for running in self._running if running.speaks]
        ready = wait([self._heard, *(running.ours for running in speaking)], TICK_SECONDS)
        if self._heard in ready:
            self._heard.recv_bytes()
        for running in speaking:
            if running.ours in ready:
                self._hear(running)
        for running in [running for running in self._running if running.future.done()]:
            self._running.remove(running)
            self._finish(running)
        if self._processes.broken:  # what had not arrived when the processes broke is lost
            for running in self._running:
                self._again(running, [running.left])
            self._running.clear()

    def _hear(self, running: _Running) -> None:
        """Record what a process says, then let it go on."""
        try:
            message = running.ours.recv()
        except (EOFError, OSError):
            running.speaks = False
            return
        running.theirs.close()
        self._processes.heard()
        answer, reports = self._keeper.take(running.job, message)
        with suppress(OSError):  # it has been killed: its future will say so
            running.ours.send(answer)
        self._ready.extend(reports)
        running.left -= {report.run for report in reports if isinstance(report, Ended)}

    def _finish(self, running: _Running) -> None:
        """A process is done with a job, or has ended over it."""
        while running.speaks and running.ours.poll():
            self._hear(running)  # what it sent before its end
        match running.future.exception():
            case None:
                self._again(running, [running.left] if running.left else [])
            case BrokenProcessPool():
                self._again(running, [running.left])
            case TimeoutError():
                limit = self._processes.limit(running.job)
                self._lose(running, f"It exceeded its time limit of {limit:g} seconds.")
            case ProcessExpired() if len(running.job.runs) > 1:
                # each in a process of its own shows which run was at fault
                self._again(running, [{run} for run in running.left])
            case ProcessExpired() as error:
                self._lose(running, cause(error))
            case error:
                running.close()
                raise error

    def _again(self, running: _Running, parts: Iterable[set[Run]]) -> None:
        """Let what is left of a job wait, in parts."""
        for part in parts:
            runs = tuple(run for run in running.job.runs if run in part)
            self._waiting.append(replace(running.job, runs=runs))
        running.close()

    def _lose(self, running: _Running, reason: str) -> None:
        job = running.job
        self._ready.extend(self._keeper.lose(job, run, reason) for run in job.runs if run in running.left)
        running.close()
