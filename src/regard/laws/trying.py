"""Where a law was when the part raised an error."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def trying(where: str) -> Iterator[None]:
    """An error that is raised within it says, in words, what was tried."""
    try:
        yield
    except Exception as error:
        error.add_note(where)
        raise
