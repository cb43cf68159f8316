"""Standard output holds the results of a command and nothing else."""

import functools
import io
import os
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

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
    # a closed output shows nothing; one that is no file, as in a notebook, has no descriptor to turn
    if not isinstance(output, io.TextIOWrapper) or output.name != "<stdout>":
        return
    output.flush()
    results.file = io.TextIOWrapper(
        os.fdopen(os.dup(output.fileno()), "wb"), encoding=output.encoding, errors=output.errors
    )
    errors = os.open(os.devnull, os.O_WRONLY) if sys.stderr is None else sys.stderr.fileno()
    os.dup2(errors, output.fileno())
