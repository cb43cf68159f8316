"""Many runs on local processes: what befalls one of them costs no other."""

import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from types import TracebackType
from typing import Any, Self, final

from pebble import ProcessExpired, ProcessPool

from regard.core.errors import InvalidOption, RegardError
from regard.core.run import Run
from regard.experiment.packs import packs
from regard.experiment.perform import FINAL, RunFailed
from regard.experiment.same_data import check_data
from regard.experiment.worker import Outcomes, begin, examine_here, perform_here
from regard.store import Outcome, Store

TICK_SECONDS = 0.5
"""How often the processes are looked after while none of them reports."""

POOLS = 3
"""Pools of processes that may break one after the other, without any report, before we give up."""


Ending = Future[Outcomes]
"""How a job ends, once it has; None if another command performs one of its runs."""


@dataclass(frozen=True)
class Report:
    """How one run ended."""

    digest: str
    outcome: Outcome
    detail: str = ""
    """Why, if it failed."""


@dataclass(frozen=True)
class _Job:
    runs: tuple[Run, ...]
    function: Callable[..., Outcomes]


@final
class Workers:
    """`count` local processes with one torch thread each, to be used in a `with` statement.

    The processes start with the first run that needs one and stay until the end. Each may take
    `timeout_seconds` for one run (None: as long as it likes), and as many times that for a pack of runs as
    there are in it, after which it is killed. A run that exceeds its time, kills its process or raises is
    reported as `failed` and costs no other; a pack whose process is killed is given again run by run.
    On Ctrl-C the processes are killed; the same runs, given again, go on from their checkpoints.

    A script that uses them must do so under `if __name__ == "__main__":`. Raises `InvalidOption`.
    """

    def __init__(
        self, store: Store, count: int = 1, *, timeout_seconds: float | None = None, device: str = "auto"
    ) -> None:
        if count < 1:
            raise InvalidOption(f"The number of workers must be at least 1, not {count}.")
        if timeout_seconds is not None and not timeout_seconds > 0:
            message = f"The time limit must be above 0 seconds, not {timeout_seconds}. None means no limit."
            raise InvalidOption(message)
        self.store = store
        self.count = count
        self.timeout_seconds = timeout_seconds
        self.device = device
        self._pool: ProcessPool | None = None
        self._broken = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_pool()

    def perform(self, runs: Iterable[Run]) -> Iterator[Report]:
        """Perform runs, and report each as it ends; those that have ended before come first.

        A run that another command performs is left to it, and reported when that has ended it.
        Raises `Unwritable` or `Corrupt` where the store fails, `Corrupt` if the data of a run have changed
        since it was started, and whatever `perform` raises for a description that is wrong.
        """
        distinct = {run.digest: run for run in runs}
        check_data(distinct.values(), self.store)
        due = []
        for run in distinct.values():
            outcome = self.store.outcome(run.digest)
            if outcome in FINAL:
                yield Report(run.digest, outcome)
            else:
                due.append(run)
        yield from self._reports(_Job(pack, perform_here) for pack in packs(due))

    def examine(self, digests: Iterable[str]) -> Iterator[Report]:
        """Read the test split of finished runs, once each, and report each: the scores are in the store.

        Raises what `perform` raises.
        """
        runs = [self.store.run(digest) for digest in dict.fromkeys(digests)]
        check_data(runs, self.store)
        jobs = []
        for run in runs:
            if self.store.test(run.digest):
                yield Report(run.digest, "finished")
            else:
                jobs.append(_Job((run,), examine_here))
        yield from self._reports(jobs)

    def _reports(self, jobs: Iterable[_Job]) -> Iterator[Report]:
        waiting, running = deque(jobs), dict[Ending, _Job]()
        try:
            while waiting or running:
                pool = self._working_pool()
                while waiting and len(running) < self.count:
                    job = waiting.popleft()
                    running[self._schedule(pool, job)] = job
                for future in wait(running, TICK_SECONDS, FIRST_COMPLETED).done:
                    job = running.pop(future)
                    reports = self._outcomes(job, future)
                    if not reports:
                        waiting.extend(_again(job, future))
                    yield from reports
                if not pool.active:  # what was on its way when the pool broke is lost
                    waiting.extend(running.values())
                    running.clear()
        finally:
            for future in running:
                future.cancel()

    def _schedule(self, pool: ProcessPool, job: _Job) -> Ending:
        arguments: tuple[Any, ...] = (self.store.folder, job.runs, self.device)
        return pool.schedule(job.function, args=arguments, timeout=self._limit(job))

    def _limit(self, job: _Job) -> float | None:
        return None if self.timeout_seconds is None else self.timeout_seconds * len(job.runs)

    def _outcomes(self, job: _Job, future: Ending) -> list[Report]:
        """What became of each run of a job; nothing if it must be given again."""
        match future.exception():
            case None:
                outcomes = future.result() or []
                pairs = zip(job.runs, outcomes, strict=bool(outcomes))
                reports = [self._ended(run.digest, outcome) for run, outcome in pairs if outcome]
            case BrokenProcessPool():
                reports = []
            case RunFailed() as error:
                reports = [Report(run.digest, "failed", str(error)) for run in job.runs]
            case TimeoutError():
                reports = self._killed(job, f"It exceeded its time limit of {self._limit(job):g} seconds.")
            case ProcessExpired() if len(job.runs) > 1:
                reports = []  # whose fault it was shows when each has a process of its own
            case ProcessExpired() as error:
                reports = self._killed(job, _cause(error.exitcode))
            case error:
                raise error
        self._broken = 0 if reports else self._broken
        return reports

    def _killed(self, job: _Job, reason: str) -> list[Report]:
        """What a process could not record itself."""
        reports = []
        for run in job.runs:
            outcome = self.store.outcome(run.digest)
            if len(job.runs) == 1 or outcome not in FINAL:  # some of a pack may have ended in time
                outcome = "failed"
                self.store.add(run)
                self.store.record(run.digest, outcome, f"{reason} The same command goes on where it was.")
            reports.append(self._ended(run.digest, outcome))
        return reports

    def _ended(self, digest: str, outcome: Outcome | None) -> Report:
        assert outcome is not None
        if outcome != "failed":
            return Report(digest, outcome)
        return Report(digest, outcome, f"Run {digest} failed: {self.store.events(digest)[-1].detail}")

    def _working_pool(self) -> ProcessPool:
        """The pool, renewed if its idle processes were killed or could not start."""
        if self._pool is not None and not self._pool.active:
            self._end_pool()
            self._broken += 1
        if self._broken == POOLS:
            message = (
                "The worker processes end as soon as they start. Free some memory; and if this is a script "
                'of yours, use Workers under `if __name__ == "__main__":`.'
            )
            raise RegardError(message)
        if self._pool is None:
            self._pool = ProcessPool(self.count, initializer=begin, context=_context())
        return self._pool

    def _end_pool(self) -> None:
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            self._pool = None


def _again(job: _Job, future: Ending) -> list[_Job]:
    """What is to be done again: the job, or, where its process was killed, each of its runs alone."""
    if isinstance(future.exception(), ProcessExpired):
        return [_Job((run,), job.function) for run in job.runs]
    return [job]


def _context() -> BaseContext:
    """How processes start: never as copies of this one, whose threads a copy would lack and wait for.

    On Linux they are copies of a server that has imported torch and done nothing else, and start in
    milliseconds; elsewhere each imports torch for itself.
    """
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["regard.training", "lightning_fabric"])
    return context


def _cause(code: int) -> str:
    if code == -signal.SIGKILL:
        return "Its process was killed, as happens when memory runs out."
    if code < 0:
        return f"Its process was ended by {signal.Signals(-code).name}."
    return f"Its process ended by itself with status {code}."
