"""Files of a user's own are imported elsewhere first: one that ends its process or hangs costs a line."""

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

from regard.core.errors import RegardError

P = ParamSpec("P")
R = TypeVar("R")

NAME = re.compile(r"[^=,\[\]'\"]+\.py:\w+")
"""`path/to/file.py:ClassName`, wherever it stands in an argument."""


def with_own_files_tried(command: Callable[P, R]) -> Callable[P, R]:
    """A command that refuses files of a user's own over whose import a process ends, or takes longer than
    the command's time limit. What else is wrong with a file the command says itself.
    """

    @functools.wraps(command)
    def perform(*arguments: P.args, **options: P.kwargs) -> R:
        seconds: Any = options.get("timeout")
        for name in dict.fromkeys(_names_in(options.values())):
            _try(name, seconds)
        return command(*arguments, **options)

    return perform


def _names_in(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str):
                yield from NAME.findall(text)


def _try(name: str, seconds: float | None) -> None:
    from regard.cli.signs import working
    from regard.experiment import Lost, Overdue, apart

    try:
        with working(f"Importing {name}"):
            list(apart(_imported, name, seconds=seconds))
    except (Lost, Overdue) as error:
        raise RegardError(f"{name} cannot be imported. {error}") from error


def _imported(name: str) -> tuple[()]:
    from regard.core import user_file

    with suppress(Exception, SystemExit):
        user_file.find(name, "part")
    return ()
