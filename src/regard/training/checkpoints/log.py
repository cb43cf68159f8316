"""The log file of one run: what was asked, measured and warned about, beside a clean console."""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import final

from regard.core.files import writing
from regard.core.measurement import Measurement

ESCAPED = "backslashreplace"
"""Lone surrogates, of which paths and messages may consist, are no text that UTF-8 could hold."""


@final
class Log:
    """Lines with the time (UTC) in front, appended and never held back. Belongs to one run alone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.warned: set[str] = set()

    def write(self, *lines: str) -> None:
        """Append lines. Raises `Unwritable`."""
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
        with writing(self.path.parent), self.path.open("a", encoding="utf-8", errors=ESCAPED) as file:
            file.writelines(f"{now}  {line}\n" for line in lines)

    def measured(self, measurements: Iterable[Measurement]) -> None:
        """Append one line per measurement."""
        self.write(*(f"step {m.step}  {m.name} {m.value:.6g}" for m in measurements))

    @contextmanager
    def warnings(self) -> Iterator[None]:
        """Append the warnings that are given inside, each once, instead of showing them."""
        with warnings.catch_warnings(record=True) as caught:
            try:
                yield
            finally:
                for warning in caught:
                    self._warn(f"warning: {warning.category.__name__}: {warning.message}")

    def _warn(self, line: str) -> None:
        if line not in self.warned:
            self.warned.add(line)
            self.write(*line.splitlines())
