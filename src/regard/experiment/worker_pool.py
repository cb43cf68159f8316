"""Jobs performed by workers, wherever these are: a failure of one costs no other."""

from abc import abstractmethod
from collections import deque
from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar, final

from regard.core.execution import Execution
from regard.core.run import Run
from regard.experiment.job import Ended, Job, Report
from regard.experiment.keeper import Keeper
from regard.experiment.pool import Pool
from regard.experiment.processes import Lost, LostMachine, Overdue
from regard.experiment.worker import Over

TICK_SECONDS = 0.5
"""How often a pool looks around while no worker says anything."""


class AtWork(Protocol):
    """A worker with a job."""

    def receive(self) -> Any:
        """Its next message. Raises `Lost`, `LostMachine` or `Overdue`, after which it has ended."""

    def answer(self, message: object) -> None:
        """Let it go on."""


W = TypeVar("W", bound=AtWork)


@final
@dataclass
class Running(Generic[W]):
    """A job under way."""

    job: Job
    left: set[Run]
    """Those of its runs that have not been reported as ended."""
    worker: W


class WorkerPool(Pool, Generic[W]):
    """As many workers at a time as the execution has, each with one job.

    A run that exceeds its time, ends its process or raises is reported as `failed` and costs no other; a pack
    whose process ends is given again, and if it ends once more its runs one by one. A job whose machine is
    lost is given again once. A run that another command performs is left to it, and reported when that has
    ended it.
    """

    def __init__(self, execution: Execution) -> None:
        super().__init__(execution)
        self._keeper = Keeper()
        self._waiting: deque[Job] = deque()
        self._running: list[Running[W]] = []
        self._ready: deque[Report] = deque()
        self._lost: set[frozenset[Run]] = set()
        """Jobs whose process or machine has ended once."""

    @property
    @abstractmethod
    def _has_room(self) -> bool:
        """Whether one more job can be given to a worker."""

    @abstractmethod
    def _give(self, job: Job, seconds: float | None) -> W:
        """Let a worker do a job, for which it may take so many seconds."""

    @abstractmethod
    def _hear(self) -> Iterable[Running[W]]:
        """Wait for a moment. Returns the jobs of which there is something to receive."""

    @abstractmethod
    def _release(self, worker: W) -> None:
        """Take a job from a worker, whatever that is doing."""

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
            self._release(running.worker)
        self._running.clear()
        self._waiting.clear()
        self._keeper.close()

    def _start(self) -> None:
        """Give waiting jobs to processes."""
        while self._waiting and self._has_room:
            due, ended = self._keeper.admit(self._waiting.popleft())  # again: others work on the same folder
            self._ready.extend(ended)
            if due is not None:
                self._running.append(Running(due, set(due.runs), self._give(due, self._limit(due))))

    def _limit(self, job: Job) -> float | None:
        """The seconds that a job may take: a pack may take the time of all its runs."""
        seconds = self.execution.timeout_seconds
        return None if seconds is None else seconds * len(job.runs)

    def _listen(self) -> None:
        """Wait until something happens, and take note of it."""
        for running in self._hear():
            self._take(running)

    def _take(self, running: Running[W]) -> None:
        """Record what a worker says and let it go on, or see what became of it."""
        try:
            message = running.worker.receive()
        except Overdue as overdue:
            self._lose(running, str(overdue))
        except (Lost, LostMachine) as lost:
            self._lose_or_retry(running, lost)
        else:
            if isinstance(message, Over):
                self._finish(running, message)
                return
            answer, reports = self._keeper.take(running.job, message)
            running.worker.answer(answer)
            self._ready.extend(reports)
            running.left -= {report.run for report in reports if isinstance(report, Ended)}

    def _finish(self, running: Running[W], over: Over) -> None:
        """A process is done with a job; if another command performs some of its runs, not with all of it."""
        if over.error is not None:
            raise over.error
        self._again(running, [running.left] if running.left else [])

    def _again(self, running: Running[W], parts: Iterable[set[Run]]) -> None:
        """Let what is left of a job wait, in parts."""
        for part in parts:
            runs = tuple(run for run in running.job.runs if run in part)
            self._waiting.append(replace(running.job, runs=runs))
        self._end(running)

    def _lose_or_retry(self, running: Running[W], lost: Lost | LostMachine) -> None:
        """A process has ended over a job. A pack goes on as one, as if nothing had happened, if this is the
        first time; else each of its runs in a process of its own shows which was at fault. A single run is
        given again if it was its machine that ended.
        """
        job = frozenset(running.job.runs)
        if job not in self._lost and (len(job) > 1 or isinstance(lost, LostMachine)):
            self._lost.add(job)
            self._again(running, [running.left])
        elif len(job) == 1:
            self._lose(running, str(lost))
        else:
            self._again(running, [{run} for run in running.left])

    def _lose(self, running: Running[W], reason: str) -> None:
        self._end(running)
        job = running.job
        self._ready.extend(self._keeper.lose(job, run, reason) for run in job.runs if run in running.left)

    def _end(self, running: Running[W]) -> None:
        self._running.remove(running)
        self._release(running.worker)
