"""What went wrong with a run: the traceback in its log, one line everywhere else."""

import traceback
from pathlib import Path

from regard.core.errors import RegardError, Unwritable
from regard.core.run_files import LOG


def log_error(folder: Path | None, error: BaseException) -> None:
    """Append an error with its traceback to a run's log, if it has one. Raises `Unwritable`."""
    if folder is None:
        return
    try:
        with (folder / LOG).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(traceback.format_exception(error))
    except OSError as full:
        raise Unwritable(f"{folder / LOG} cannot be written ({full.strerror}).") from error


def line_of(error: BaseException) -> str:
    """An error in one line."""
    name = type(error).__name__
    line = str(error) if isinstance(error, RegardError) else f"{name}: {error}" if str(error) else name
    return " ".join(line.split())
