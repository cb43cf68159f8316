"""Columns of parquet files, and of the arrow files of the hub's client."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from regard.core.errors import Corrupt

BATCH = 256
"""Rows that are held in memory at one time."""
REMEDY = "Download it again."


def read(files: Sequence[Path], columns: Sequence[str]) -> Any:
    """The columns of all files, one behind the other, as one `pyarrow.Table`.

    Raises `Corrupt` for a file that cannot be read or lacks a column, and where no file has a row.
    """
    import pyarrow as pa  # noqa: PLC0415 (takes a while)

    found = list(batches(files, columns))
    if not found:
        raise Corrupt(f"{' and '.join(map(str, files))} has no rows. {REMEDY}")
    with _reading(files[0]):
        return pa.Table.from_batches(found)


def batches(files: Sequence[Path], columns: Sequence[str]) -> Iterator[Any]:
    """The same as `pyarrow.RecordBatch`es of up to 256 rows, for what does not fit into memory."""
    for path in files:
        with _reading(path):
            table = _opened(path)
            _require_columns(path, table.schema.names, columns)
            for part in table.batches(list(columns)):
                for start in range(0, len(part), BATCH):
                    yield part.select(list(columns)).slice(start, BATCH)


def count(files: Sequence[Path]) -> int:
    """Rows of all files together."""
    total = 0
    for path in files:
        with _reading(path):
            total += _opened(path).rows
    return total


def class_names(path: Path, column: str) -> tuple[str, ...] | None:
    """What the classes are called, where the file says it the way the hub's client writes it."""
    with _reading(path):
        metadata = _opened(path).schema.metadata or {}
    try:
        said: Any = json.loads(metadata.get(b"huggingface", b"{}"))
    except ValueError as error:
        raise Corrupt(f"{path} has a note of the hub's client that is no JSON. {REMEDY}") from error
    for key in ("info", "features", column, "names"):
        said = said.get(key) if isinstance(said, dict) else None
    return tuple(map(str, said)) if isinstance(said, list) and said else None


@final
@dataclass(frozen=True)
class _Opened:
    """A file of either format."""

    schema: Any
    rows: int
    batches: Any
    """From names of columns to an iterator of batches."""


def _opened(path: Path) -> _Opened:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    if path.suffix == ".arrow":
        parts: Iterable[Any] = list(pa.ipc.open_stream(pa.memory_map(str(path))))
        schema = pa.ipc.open_stream(pa.memory_map(str(path))).schema
        return _Opened(schema, sum(map(len, parts)), lambda columns: parts)
    file = pq.ParquetFile(path)
    rows = file.metadata.num_rows
    return _Opened(file.schema_arrow, rows, lambda columns: file.iter_batches(BATCH, columns=columns))


def _require_columns(path: Path, names: Sequence[str], columns: Sequence[str]) -> None:
    missing = [column for column in columns if column not in names]
    if missing:
        message = f"{path} has no column '{missing[0]}', only {', '.join(names)}. {REMEDY}"
        raise Corrupt(message)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Say `Corrupt`, with the file, for whatever pyarrow cannot read inside."""
    import pyarrow as pa  # noqa: PLC0415

    try:
        yield
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise Corrupt(f"{path} cannot be read: {reason}. {REMEDY}") from error
