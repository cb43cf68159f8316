"""Columns of tables, in one or several files one behind the other."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from regard.core.errors import Corrupt
from regard.data.sources.arrow_table import ArrowTable, ParquetTable
from regard.data.sources.table import Table
from regard.data.sources.text_table import DelimitedTable, JsonLines

FORMATS: Mapping[str, Callable[[Path], Table]] = {
    ".parquet": ParquetTable,
    ".arrow": ArrowTable,
    ".csv": lambda path: DelimitedTable(path, ","),
    ".tsv": lambda path: DelimitedTable(path, "\t"),
    ".jsonl": JsonLines,
    ".ndjson": JsonLines,
}
"""How files are read, by the ends of their names in small letters."""
MOST_ROWS = 2**25
"""Rows of a part: more than twice the images of the largest public collections."""


def rows(files: Sequence[Path], columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The values of these columns, row by row.

    Raises `Corrupt` for a file that cannot be read or lacks a column, and for more than 33 million rows.
    """
    if (total := count(files)) > MOST_ROWS:
        raise Corrupt(f"{files[0]} has {total:,} rows, more than {MOST_ROWS:,}. Give a part of it.")
    for path in files:
        require_in(path, columns)
        yield from _opened(path).rows(columns)


def require_in(path: Path, columns: Sequence[str]) -> None:
    """Raise `Corrupt` unless a file has each of these columns, once."""
    present = columns_in(path)
    for column in columns:
        if column not in present:
            message = f"{path} has no column '{column}', only {', '.join(present) or 'none at all'}."
            raise Corrupt(f"{message} Rename the right one.")
        if present.count(column) > 1:
            raise Corrupt(f"{path} has several columns '{column}'. Remove all but one.")


def count(files: Sequence[Path]) -> int:
    """Rows of all files together."""
    return sum(_opened(path).count for path in files)


def columns_in(path: Path) -> tuple[str, ...]:
    """The names of a file's columns."""
    return _opened(path).columns


def class_names(path: Path, column: str) -> tuple[str, ...] | None:
    """What the classes in a column are called, where the file says it the way the hub's client writes it."""
    return _opened(path).class_names(column)


def _opened(path: Path) -> Table:
    return FORMATS[path.suffix.lower()](path)
