"""How a command ends: the one list of exit statuses."""

from enum import IntEnum
from typing import final


@final
class Status(IntEnum):
    """The exit statuses of `regard`."""

    DONE = 0
    """All went well."""
    FAILED = 1
    """The command was carried out and something in it failed: a run, or a law that does not hold."""
    WRONG_USE = 2
    """Something that the user can put right: a name, an option, a file, a disk."""
    INTERRUPTED = 130
    """Ctrl-C; 143 after SIGTERM: as everywhere, 128 and the number of the signal."""
    UNREAD = 141
    """Whoever read the output has gone away, as `head` does."""
