"""What the command line prints: results to standard output, everything else to standard error.

Text is printed as it is. Names, paths, samples and errors come from users: brackets in them are no markup,
and characters that would steer the terminal are left out.
"""

import json
import logging
from typing import Any, final

from rich.console import Console

from regard.core.readable import readable


@final
class Unread(BaseException):
    """Whoever read the results has gone away. It is no error, and nothing is left to be done."""


@final
class _Results(Console):
    def on_broken_pipe(self) -> None:
        self.quiet = True
        raise Unread


@final
class _Messages(Console):
    def on_broken_pipe(self) -> None:
        """Go on: that nobody listens does not end a training."""
        self.quiet = True


results = _Results(highlight=False, markup=False, emoji=False)
messages = _Messages(stderr=True, highlight=False, markup=False, emoji=False)


def say(text: str, style: str = "") -> None:
    """Lines of the result, each as it is: a path can be copied, however narrow the terminal."""
    results.print(shown(text), style=style, soft_wrap=True)


def explain(text: str, style: str = "") -> None:
    """Prose of the result, wrapped at the terminal's width."""
    results.print(shown(text), style=style)


def tell(text: str) -> None:
    """A line on standard error."""
    messages.print(shown(text), soft_wrap=True)


@final
class _Telling(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        tell(record.getMessage())


def tell_what_is_logged() -> None:
    """Show what the package logs, such as that a data set is decoded, which takes its time."""
    log = logging.getLogger("regard")
    log.setLevel(logging.INFO)
    log.addHandler(_Telling())


def shown(text: str) -> str:
    """Text that cannot steer a terminal; its lines stay lines."""
    return "\n".join(map(readable, text.split("\n")))


def reflowed(text: str) -> str:
    """A docstring whose paragraphs are lines, to be wrapped at the terminal's own width."""
    blocks = text.split("\n\n")
    # lists and indented lines keep their shape
    shaped = [any(line[:1] in (" ", "*", "|") for line in block.splitlines()) for block in blocks]
    return "\n\n".join(
        block if keeps else " ".join(block.splitlines()) for block, keeps in zip(blocks, shaped, strict=True)
    )


def print_json(value: Any) -> None:
    """One JSON document on standard output, and nothing else."""
    results.out(json.dumps(value, indent=2, sort_keys=True, allow_nan=False), highlight=False)
