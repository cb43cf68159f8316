"""Work in a process of its own: whatever a part of somebody else's does there, this process goes on."""

from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from regard.experiment.processes import Worker
from regard.experiment.worker import Over

T = TypeVar("T")


def apart(
    work: Callable[..., Iterable[T]],
    *arguments: object,
    seconds: float | None = None,
    threads: int | None = 1,
) -> Iterator[T]:
    """What `work` gives for the arguments, value by value, in a process that is started now and ends with it.

    `work` is a function of a module, and its arguments and values can be pickled. Raises what it raises, an
    error that is no `RegardError` as one in one line; `Overdue` if a value takes longer than so many seconds
    (None: as long as it likes), and `Lost` if the process ends before the work does.
    """
    return _values(Worker(_hand_over, (work, arguments), seconds, threads))


def _values(worker: Worker) -> Iterator[Any]:
    try:
        while not isinstance(value := worker.receive(), Over):
            yield value
            worker.renew()
    finally:
        worker.kill()
    if value.error is not None:
        raise value.error


def _hand_over(
    work: Callable[..., Iterable[object]], arguments: tuple[object, ...], parent: Connection
) -> None:
    for value in work(*arguments):
        parent.send(value)
