"""Local processes that take jobs: started when needed, watched, and replaced when they break."""

import multiprocessing
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Future
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from typing import final

from pebble import ProcessExpired, ProcessPool

from regard.core.errors import RegardError
from regard.core.execution import Execution
from regard.experiment.job import Job
from regard.experiment.worker import begin, perform_here

POOLS = 3
"""How often in a row the processes may break without having sent anything, before an error is raised."""


@final
class Processes:
    """As many processes as an execution has workers, with one torch thread each.

    They start with the first job and stay until `end`.
    """

    def __init__(self, execution: Execution) -> None:
        self.execution = execution
        self._pool: ProcessPool | None = None
        self._broken = 0

    def start(self, job: Job, theirs: Connection, bell: Callable[[], None]) -> "Future[bool]":
        """Let a process do a job. The future says whether it could be done (see `perform_here`).

        `theirs` is the end of a pipe at which the process speaks; `bell` is called, by another thread, when
        the future is done. Raises `RegardError` if the processes break again and again.
        """
        arguments = (job, self.execution, theirs)
        future = self._whole_pool().schedule(perform_here, args=arguments, timeout=self.limit(job))
        future.add_done_callback(lambda _: bell())
        return future

    def limit(self, job: Job) -> float | None:
        """The seconds that a job may take: a pack may take the time of all its runs."""
        seconds = self.execution.timeout_seconds
        return None if seconds is None else seconds * len(job.runs)

    def heard(self) -> None:
        """A process has said something: they can start after all."""
        self._broken = 0

    @property
    def broken(self) -> bool:
        """Whether idle processes were killed or could not start: what was given to them is lost."""
        return self._pool is not None and not self._pool.active

    def end(self) -> None:
        """Kill all processes."""
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it untyped
            self._pool.join()
            self._pool = None

    def _whole_pool(self) -> ProcessPool:
        if self.broken:
            self.end()
            self._broken += 1
        if self._broken == POOLS:
            message = (
                "The worker processes end as soon as they start. Free some memory; and if this is a script "
                'of yours, use the pool under `if __name__ == "__main__":`.'
            )
            raise RegardError(message)
        if self._pool is None:
            self._pool = ProcessPool(self.execution.workers, initializer=begin, context=_context())
        return self._pool


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


def cause(error: ProcessExpired) -> str:
    """Why a process ended, in a sentence."""
    code = error.exitcode
    if code == -signal.SIGKILL:
        return "Its process was killed, as happens when memory runs out."
    if code < 0:
        return f"Its process was ended by {signal.Signals(-code).name}."
    return f"Its process ended by itself with status {code}."
