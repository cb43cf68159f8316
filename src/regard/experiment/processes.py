"""Local processes: each starts for one piece of work, is watched and limited in time, and ends with it.

What a mechanism changes in its process, such as which kernels torch may use, ends with that process: no
work can change the results of another.
"""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any, final

from regard.core.errors import RegardError
from regard.experiment.held_back import signals_held_back
from regard.experiment.worker import Broken, Ready, Target, serve

STARTS = 3
"""How often in a row a process may end before it has started, until an error is raised."""

PAUSE_SECONDS = 0.1
"""Before it is tried again: a server that was killed counts as running for a moment."""

SERVER_LOST = 255
"""The status of a process whose server, which alone knows its true status, has been killed."""


@final
class Lost(RegardError):
    """A process ended before its work was done."""


@final
class LostMachine(RegardError):
    """The machine on which a process worked can be reached no more."""


@final
class Overdue(RegardError):
    """A process took longer than it may, and was killed."""


@final
class Worker:
    """One process at work. Whoever makes one has to `kill` it in the end.

    `target` is called in the process with the arguments and its end of a pipe, and may take so many seconds.
    torch has so many threads there; None leaves their number to torch. Raises `RegardError` if no process
    can be started.
    """

    def __init__(
        self,
        target: Target,
        arguments: tuple[object, ...],
        seconds: float | None = None,
        threads: int | None = 1,
    ) -> None:
        self.seconds = seconds
        self._process, self._pipe = _started((target, arguments, threads, dict(os.environ)))
        self.renew()

    def renew(self) -> None:
        """Let the time that the process may take begin now."""
        self._deadline = None if self.seconds is None else time.monotonic() + self.seconds

    @property
    def handles(self) -> Sequence[Any]:
        """What to `wait` for: one of these is ready when there is something to receive."""
        return self._pipe, self._process.sentinel

    @property
    def overdue(self) -> bool:
        """Whether its time is over."""
        return self._deadline is not None and time.monotonic() >= self._deadline

    def receive(self) -> Any:
        """The next message of the process, which is waited for.

        Raises `Overdue` if there is none in time, and `Lost` if the process has ended.
        """
        left = None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
        ready = wait(self.handles, left)
        if not ready:
            raise Overdue(f"It exceeded its time limit of {self.seconds:g} seconds.")
        with suppress(EOFError, OSError):
            if self._pipe.poll():
                message = self._pipe.recv()
                if isinstance(message, Broken):
                    raise Lost(f"It ended its process by {message.reason}.")
                return message
        self._process.join()
        raise Lost(_cause(self._process.exitcode or 0))

    def answer(self, message: object) -> None:
        """Let the process go on, if there still is one."""
        with suppress(OSError):  # it has ended, as the next `receive` says
            self._pipe.send(message)

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        _end(self._process, self._pipe)


def _started(arguments: tuple[object, ...]) -> tuple[BaseProcess, Connection]:
    """A process that has said that it is ready, and the pipe to it."""
    if multiprocessing.current_process().daemon:
        raise RegardError(
            "A worker process starts no others. Put what a file with parts of yours does when it is run "
            'under `if __name__ == "__main__":`.'
        )
    for _ in range(STARTS):
        ours, theirs = multiprocessing.Pipe()
        process: BaseProcess = _context().Process(target=serve, args=(*arguments, theirs), daemon=True)  # type: ignore[attr-defined]  # every context has it
        ready = False
        try:
            ready = _is_ready(process, ours, theirs)
            if ready:
                return process, ours
        finally:
            theirs.close()
            if not ready:
                _end(process, ours)
        time.sleep(PAUSE_SECONDS)
    raise RegardError("The worker processes end as soon as they start. Free some memory.")


def _is_ready(process: BaseProcess, ours: Connection, theirs: Connection) -> bool:
    """Start the process, and wait until it says that it is ready: True, or it ends: False."""
    with suppress(EOFError, OSError):  # what starts processes was killed, or the process itself
        # a server to which a signal cuts the connection ends, and with it every process at work
        with _without_script(), signals_held_back():
            process.start()
        theirs.close()
        wait((ours, process.sentinel))
        if ours.poll():
            assert isinstance(ours.recv(), Ready)
            return True
    return False


@contextmanager
def _without_script() -> Iterator[None]:
    """Start a process that does not read the script that runs here: no work is defined in it, and what it
    does outside of `if __name__ == "__main__":` would be done again by every process.
    """
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def _end(process: BaseProcess, pipe: Connection) -> None:
    pipe.close()
    if process.pid is not None:
        process.kill()
        process.join()
    process.close()  # a process whose server was killed sees this, and ends itself


def _context() -> BaseContext:
    """How processes start: never as copies of this one, whose threads a copy would lack and wait for.

    On Linux they are copies of a server that has imported torch, and what of regard this process has, and has
    done nothing else: they start within some 10 milliseconds. Elsewhere each imports torch for itself.
    """
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    known = [name for name in sys.modules if name.startswith("regard.")]
    context.set_forkserver_preload(["regard.training", "lightning_fabric", *known])
    return context


def _cause(code: int) -> str:
    """Why a process ended, in a sentence."""
    if code == -signal.SIGKILL:
        return "Its process was killed, as happens when memory runs out."
    if code < 0:
        return f"Its process was ended by {signal.Signals(-code).name}."
    server = ", as it does when the server that starts processes is killed" if code == SERVER_LOST else ""
    return f"Its process ended by itself with status {code}{server}."
