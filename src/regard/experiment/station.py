"""Work in a process that stays: what is asked there later finds everything warm."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self, TypeVar, final

from regard.experiment.processes import Lost, Overdue, Worker
from regard.experiment.worker import Over, portable

T = TypeVar("T")


class Station(ABC):
    """One process that answers one question after another, and is replaced when it is lost.

    Unlike with `apart`, what one question leaves behind the next one finds: caches, but also what a
    mechanism changes. Times are compared within one process; what must not disturb is asked `apart`.
    """

    @abstractmethod
    def ask(self, work: Callable[..., T], *arguments: object) -> T:
        """What `work`, a function of a module, returns for the arguments in that process.

        Raises what `apart` raises; after `Overdue` and `Lost` the next question has a process anew.
        """

    @abstractmethod
    def close(self) -> None:
        """End the process, if there is one."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


@final
class LocalStation(Station):
    """A process of this machine."""

    def __init__(self, seconds: float | None = None, threads: int | None = 1) -> None:
        """An answer may take so many seconds (None: as long as it likes); torch has so many threads."""
        self.seconds = seconds
        self.threads = threads
        self._worker: Worker | None = None

    def ask(self, work: Callable[..., T], *arguments: object) -> T:
        if self._worker is None:
            self._worker = Worker(_answer, (), self.seconds, self.threads)
        self._worker.renew()
        self._worker.answer((work, arguments))
        try:
            over = self._worker.receive()
        except (Lost, Overdue):
            self.close()
            raise
        assert isinstance(over, Over)
        if over.error is not None:
            raise over.error
        result: T = over.result
        return result

    def close(self) -> None:
        if self._worker is not None:
            self._worker.kill()
            self._worker = None


def _answer(parent: Connection) -> None:
    """Answer until the parent listens no more."""
    while True:
        work, arguments = parent.recv()
        parent.send(_over(work, arguments))


def _over(work: Callable[..., Any], arguments: tuple[object, ...]) -> Over:
    try:
        return Over(work(*arguments))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - told to the parent, which raises it
        return Over(error=portable(error))
