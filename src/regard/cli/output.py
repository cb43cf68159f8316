"""Standard output holds the results of a command and nothing else."""

import functools
import io
import os
import sys
from collections.abc import Callable
from typing import ParamSpec, TextIO, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def with_results_apart(command: Callable[P, R]) -> Callable[P, R]:
    """A command whose results alone go to standard output.

    Whatever else is printed while it runs, by a user's mechanism or by a library, in Python or in C, in this
    process or in its workers, goes to standard error, and stays there until the process ends.
    """

    @functools.wraps(command)
    def perform(*arguments: P.args, **options: P.kwargs) -> R:
        _keep_results_apart()
        return command(*arguments, **options)

    return perform


def _keep_results_apart() -> None:
    """Give results a file of their own, and turn what is called standard output to standard error."""
    from regard.cli.console import results

    output = sys.stdout
    ours, others = _descriptor(output), _descriptor(sys.stderr)
    # a closed output shows nothing; one that is no file, as in a notebook, has no descriptor to turn
    if not isinstance(output, io.TextIOWrapper) or output.name != "<stdout>" or ours is None:
        return
    output.flush()
    results.file = io.TextIOWrapper(
        os.fdopen(os.dup(ours), "wb"), encoding=output.encoding, errors=output.errors
    )
    os.dup2(os.open(os.devnull, os.O_WRONLY) if others is None else others, ours)


def _descriptor(stream: TextIO | None) -> int | None:
    """Of a file that is open; None of anything else that can be written to."""
    try:
        return None if stream is None else stream.fileno()
    except (OSError, ValueError):  # io.UnsupportedOperation is both
        return None
