"""What a user can get wrong, as one small tree.

RegardError
├── UnknownName         no part of that name in a catalog
├── InvalidOption       an option that a part does not have, or a value it cannot take
├── UnsupportedUse      a use that a mechanism does not declare
│   └── UnsupportedMask   a part of the mask that it does not declare
├── MissingFile         a path that does not exist or does not hold what was asked for
├── Unwritable          a folder or disk that cannot be written
├── Corrupt             a file that exists but cannot be trusted
└── RunFailed           a run that ended with an error

Every message says what is wrong, what was expected, what was given and what to do about it.
The command line prints it as one line and exits with status 2, or 1 for runs that failed.
"""

import difflib
import errno
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import final


class RegardError(Exception):
    """Something that the user can put right."""


@final
class UnknownName(RegardError):
    """No part of that name in a catalog."""


@final
class InvalidOption(RegardError):
    """An option that a part does not have, or a value that it cannot take."""


class UnsupportedUse(RegardError):
    """A use that a mechanism does not declare in its traits."""


@final
class UnsupportedMask(UnsupportedUse):
    """A part of the mask that a mechanism does not declare in its traits."""


@final
class MissingFile(RegardError):
    """A path that does not exist, or does not hold what was asked for."""


@final
class Unwritable(RegardError):
    """A folder or disk that cannot be written."""


@final
class Corrupt(RegardError):
    """A file that exists but cannot be trusted."""


@final
class RunFailed(RegardError):
    """A run ended with an error, or cannot be examined. The next command tries it again."""


@final
class RegardWarning(UserWarning):
    """Something that works, and means less than a user may expect. Kept in a run's log."""


@contextmanager
def told_elsewhere() -> Iterator[None]:
    """Inside, a `RegardWarning` is not shown: the log of a run, or the notes of a comparison, have it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegardWarning)
        yield


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence that suggests the known name nearest to `name`, or lists what is known."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"Did you mean '{close[0]}'?"
    return f"Choose from: {', '.join(known)}." if known else "It takes none."


def explain_os_error(error: OSError) -> str:
    """What the operating system refused, in one line with a remedy."""
    what = f"{error.strerror or error}: {error.filename or 'a file'}"
    remedies = {
        errno.ENOSPC: "The disk is full. Free some space; the same command goes on where it stopped.",
        errno.EDQUOT: "The quota is used up. Free some space; the same command goes on where it stopped.",
        errno.EROFS: "The file system is read-only. Choose another folder with --out.",
        errno.EACCES: "Permission is missing. Choose another folder with --out, or change its rights.",
        errno.EPERM: "Permission is missing. Choose another folder with --out, or change its rights.",
        errno.ENOENT: "Check the path.",
        errno.ENOTDIR: "A part of the path is a file. Choose another folder with --out.",
        errno.EISDIR: "It is a folder. Name a file.",
    }
    return f"{what}. {remedies.get(error.errno or 0, '')}".strip()
