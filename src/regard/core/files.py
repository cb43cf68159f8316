"""Writing files so that a reader finds the old one or the new one, never half of one."""

import contextlib
import glob
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from regard.core.errors import Unwritable

PARTIAL = ".partial"
ABANDONED_SECONDS = 3600
"""After that time a partial file belongs to a process that was killed, on whatever machine."""


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
    temporary = path.with_name(f".{path.name}{_mark()}")
    with writing(path.parent):
        sweep(path.parent, path.name)
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


def sweep(folder: Path, name: str = "") -> None:
    """Remove what killed processes have left half written, of all files or of one with that name."""
    for path in folder.glob(f".{glob.escape(name)}*{PARTIAL}"):
        with contextlib.suppress(FileNotFoundError):
            if _writer_is_dead(path) or time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                path.unlink()


def _mark() -> str:
    """The end of the temporary names of this process: its machine and its number."""
    return f".{socket.gethostname()}.{os.getpid()}{PARTIAL}"


def _writer_is_dead(path: Path) -> bool:
    """Whether the process that made a temporary name is known to have ended: one of this machine."""
    number = path.name.removesuffix(PARTIAL).rpartition(".")[2]
    ours = path.name.endswith(f".{socket.gethostname()}.{number}{PARTIAL}") and number.isdecimal()
    if not ours or os.name != "posix":
        return False
    try:
        os.kill(int(number), 0)  # asks, and does nothing
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _flush_names(folder: Path) -> None:
    """Bring a renaming to the disk too; only POSIX knows how."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
