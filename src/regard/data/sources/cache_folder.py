"""Where the cache lies, and what is said when it cannot be written."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from regard.core.errors import Unwritable

ENVIRONMENT = "REGARD_CACHE"


def cache_folder() -> Path:
    """The folder named by REGARD_CACHE, else `regard` in that of XDG_CACHE_HOME, else ~/.cache/regard."""
    named = os.environ.get(ENVIRONMENT)
    if named:
        return Path(named).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "regard"


@contextmanager
def in_cache() -> Iterator[None]:
    """Say `Unwritable`, with the folder, the reason and the remedy, for what the system refuses inside."""
    try:
        yield
    except (OSError, Unwritable) as error:
        cause = error.__cause__ or error  # an Unwritable names another remedy
        message = (
            f"The cache folder {cache_folder()} cannot be written: {getattr(cause, 'strerror', cause)}. "
            f"Free some space there, or name another folder by {ENVIRONMENT}."
        )
        raise Unwritable(message) from error
