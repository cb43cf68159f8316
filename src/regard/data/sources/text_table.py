"""Tables in text files: CSV, TSV, and a JSON object per line."""

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TextIO, final

from regard.core.errors import Corrupt
from regard.data.sources.table import Table

LARGEST = 2**26
"""Characters of a line or a field."""
# a byte order mark in front is no part of the first name
ENCODING = "utf-8-sig"


@final
@dataclass(frozen=True)
class DelimitedTable(Table):
    """Fields between commas or tabs, under a line of names; fields in quotation marks may hold lines."""

    path: Path
    delimiter: str

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return tuple(name.strip() for name in next(self._lines(), []))

    @cached_property
    def count(self) -> int:
        return sum(1 for _ in self.rows(()))

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        places = [self.columns.index(column) for column in columns]
        lines = self._lines()
        next(lines, None)
        for fields in lines:
            yield tuple(fields[place] for place in places)

    def _lines(self) -> Iterator[list[str]]:
        """The fields of each line that has some, those of the names first."""
        csv.field_size_limit(LARGEST)
        with _reading(self.path) as file:
            found = csv.reader(file, delimiter=self.delimiter, strict=True)
            width = None
            try:
                for fields in found:
                    width = width or len(fields)
                    if fields and len(fields) != width:
                        message = f"{self.path}, line {found.line_num}, has {len(fields)} fields, but the "
                        raise Corrupt(f"{message}first line has {width}. Put texts in quotation marks.")
                    if fields:
                        yield fields
            except csv.Error as error:
                message = f"{self.path}, line {found.line_num}: {error}."
                raise Corrupt(
                    f"{message} Write texts in quotation marks, and marks in them twice."
                ) from error


@final
@dataclass(frozen=True)
class JsonLines(Table):
    """A JSON object per line. The names are those of the first."""

    path: Path

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return next((tuple(row) for _, row in self._objects()), ())

    @cached_property
    def count(self) -> int:
        return sum(1 for _ in self._objects())

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        for number, row in self._objects():
            missing = [column for column in columns if column not in row]
            if missing:
                message = f"{self.path}, line {number}, has no '{missing[0]}', only {', '.join(row)}."
                raise Corrupt(f"{message} Add it, or remove the line.")
            yield tuple(row[column] for column in columns)

    def _objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Each object, with the number of its line from 1."""
        with _reading(self.path) as file:
            for number, line in enumerate(iter(lambda: file.readline(LARGEST), ""), 1):
                if line.strip():
                    yield number, self._object(line, number)

    def _object(self, line: str, number: int) -> dict[str, Any]:
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            message = f"{self.path}, line {number}, is no JSON object but {line.strip()[:40]!r}."
            raise Corrupt(f"{message} Write one object per line.")
        return found


@contextmanager
def _reading(path: Path) -> Iterator[TextIO]:
    """The file, open; `Corrupt` where it cannot be read as text in UTF-8."""
    try:
        with path.open(encoding=ENCODING, newline="") as file:
            yield file
    except UnicodeDecodeError as error:
        message = f"{path} is no text in UTF-8: {error.reason} ({error.object[error.start]:#04x})."
        raise Corrupt(f"{message} Save it as UTF-8.") from error
    except OSError as error:
        raise Corrupt(f"{path} cannot be read: {error.strerror}. Restore it.") from error
