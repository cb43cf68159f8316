"""Tables in parquet and arrow files."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, final

from regard.core.errors import Corrupt
from regard.data.sources.table import Table

AT_ONCE, BYTES_AT_ONCE = 256, 2**24
"""Rows, and about so many bytes of them, that are made at one time."""
LARGEST_GROUP = 2**31
"""Bytes of a group of rows, decompressed: a parquet file is read a group, or a part of one, at a time."""
MAGIC = b"ARROW1"
"""How an arrow file begins that is no stream."""


@final
@dataclass(frozen=True)
class ParquetTable(Table):
    """A parquet file."""

    path: Path

    @property
    def columns(self) -> tuple[str, ...]:
        with reading(self.path):
            return tuple(self._file.schema_arrow.names)

    @property
    def count(self) -> int:
        with reading(self.path):
            return int(self._file.metadata.num_rows)

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        with reading(self.path):
            largest = max(self._group_sizes, default=0)
            if largest > LARGEST_GROUP:
                message = (
                    f"{self.path} has a group of rows of {largest:,} bytes, more than {LARGEST_GROUP:,}."
                )
                raise Corrupt(f"{message} Write it in smaller groups (row_group_size).")
            for group in range(self._file.num_row_groups):
                batches = self._file.iter_batches(self._at_once, [group], list(columns))
                yield from _values(batches, columns)

    def class_names(self, column: str) -> tuple[str, ...] | None:
        with reading(self.path):
            return _names(self.path, self._file.schema_arrow.metadata, column)

    @cached_property
    def _file(self) -> Any:
        import pyarrow.parquet as pq  # noqa: PLC0415 (takes a while)

        # a buffer streams the columns: otherwise several groups of rows are read ahead
        return pq.ParquetFile(self.path, buffer_size=2**20, pre_buffer=False)

    @property
    def _group_sizes(self) -> list[int]:
        found = self._file.metadata
        return [found.row_group(i).total_byte_size for i in range(found.num_row_groups)]

    @property
    def _at_once(self) -> int:
        """Fewer rows where each is large, as photographs are."""
        rows, size = self._file.metadata.num_rows, sum(self._group_sizes)
        return max(1, min(AT_ONCE, BYTES_AT_ONCE * max(1, rows) // max(1, size)))


@final
@dataclass(frozen=True)
class ArrowTable(Table):
    """An arrow file, as the hub's client keeps sets and `save_to_disk` writes them, or one with a footer."""

    path: Path

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self._read[0].names)

    @property
    def count(self) -> int:
        return sum(map(len, self._read[1]))

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        with reading(self.path):
            yield from _values(iter(self._read[1]), columns)

    def class_names(self, column: str) -> tuple[str, ...] | None:
        return _names(self.path, self._read[0].metadata, column)

    @cached_property
    def _read(self) -> tuple[Any, list[Any]]:
        """The schema and all batches, which are memory-mapped."""
        import pyarrow as pa  # noqa: PLC0415

        with reading(self.path):
            mapped = pa.memory_map(str(self.path))
            if mapped.read(len(MAGIC)) == MAGIC:
                file = pa.ipc.open_file(mapped)
                return file.schema, [file.get_batch(i) for i in range(file.num_record_batches)]
            mapped.seek(0)
            stream = pa.ipc.open_stream(mapped)
            return stream.schema, list(stream)


def _values(batches: Iterator[Any], columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    for batch in batches:
        chosen = [batch.column(column) for column in columns]
        for row in range(len(batch)):
            yield tuple(column[row].as_py() for column in chosen)


def _names(path: Path, metadata: Any, column: str) -> tuple[str, ...] | None:
    """What the classes are called, where the file says it the way the hub's client writes it."""
    try:
        said: Any = json.loads((metadata or {}).get(b"huggingface", b"{}"))
    except ValueError as error:
        message = f"{path} has a note of the hub's client that is no JSON."
        raise Corrupt(f"{message} Write the file anew.") from error
    for key in ("info", "features", column, "names"):
        said = said.get(key) if isinstance(said, dict) else None
    return tuple(map(str, said)) if isinstance(said, list) and said else None


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Say `Corrupt`, with the file, for whatever pyarrow cannot read inside."""
    import pyarrow as pa  # noqa: PLC0415

    try:
        yield
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise Corrupt(f"{path} cannot be read: {reason}. Restore it.") from error
