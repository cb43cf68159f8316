"""One process at a time for each run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import final

from filelock import FileLock, Timeout

from regard.core.errors import RegardError, Unwritable


@final
class Busy(RegardError):
    """Another process is performing the same run."""


@contextmanager
def claimed(folder: Path, patience_seconds: float | None = None) -> Iterator[None]:
    """Hold a run's folder, made if it is missing, against all other threads and processes.

    The claim is a lock of the operating system on the file `lock`: it ends with the process, however
    that ends. Raises `Busy` after `patience_seconds` (None: never), or `Unwritable`.
    """
    lock = FileLock(folder / "lock", timeout=-1 if patience_seconds is None else patience_seconds)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        message = f"Another process is performing the run in {folder}. Wait for it, or end it."
        raise Busy(message) from error
    except OSError as error:
        message = f"{folder} cannot be written ({error.strerror}). Choose another project folder."
        raise Unwritable(message) from error
    try:
        yield
    finally:
        lock.release()
