"""Writing files so that a reader finds the old one or the new one, never half of one."""

import contextlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from regard.core.errors import Unwritable

PARTIAL = ".partial"
ABANDONED_SECONDS = 3600
"""After that time a partial file belongs to a process that was killed."""


def write(path: Path, content: bytes) -> None:
    """Put a file in its place at once: a temporary name, to the disk, then renamed.

    Raises `Unwritable` and leaves what was there before.
    """
    with placing(path) as temporary:
        temporary.write_bytes(content)


@contextmanager
def placing(path: Path) -> Iterator[Path]:
    """A temporary name to write a file under, put in its place at once when the block has ended well.

    Raises `Unwritable`; whatever is raised inside leaves what was there before.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}{PARTIAL}")
    with writing(path.parent):
        try:
            yield temporary
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink()
        _flush_names(path.parent)


def move(source: Path, target: Path) -> None:
    """Put a file in the place of another at once. Raises `Unwritable`."""
    with writing(target.parent):
        source.replace(target)
        _flush_names(target.parent)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Say `Unwritable`, with the folder and the reason, for whatever the system refuses inside."""
    try:
        yield
    except OSError as error:
        message = (
            f"The folder {folder} cannot be written: {error.strerror or error}. "
            f"Free some space, change its permissions, or choose another folder."
        )
        raise Unwritable(message) from error


def sweep(folder: Path) -> None:
    """Remove what a killed process has left half written."""
    for path in folder.glob(f".*{PARTIAL}"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                path.unlink()


def _flush_names(folder: Path) -> None:
    """Bring a renaming to the disk too; only POSIX knows how."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
