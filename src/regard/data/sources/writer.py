"""Writing arrays that need not fit into memory."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from regard.data.sources.cache_folder import in_cache


@final
@dataclass(frozen=True)
class Entry:
    """What a manifest says of an array."""

    dtype: str
    shape: tuple[int, ...]
    sha256: str
    """Of the whole file."""


@final
class Growing:
    """An array that is appended to, up to the shape it was promised. Nothing of it stays in memory."""

    # streamed, not memory-mapped: a full disk is then an error and not a signal that kills the process

    def __init__(self, file: BinaryIO, dtype: DTypeLike, shape: tuple[int, ...]) -> None:
        self.dtype, self.shape = np.dtype(dtype), shape
        self.rows = 0
        self._file = file
        self._hash = hashlib.sha256()
        header = {"descr": self.dtype.str, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self, header)

    def append(self, rows: NDArray[Any]) -> None:
        """More rows, (rows, *shape[1:])."""
        if rows.shape[1:] != self.shape[1:]:
            raise ValueError(f"rows of shape {rows.shape[1:]} were appended to an array of {self.shape}")
        self.rows += len(rows)
        self.write(np.ascontiguousarray(rows, self.dtype).data)

    def write(self, data: bytes | memoryview) -> None:
        """Bytes, to the file and into the hash."""
        self._hash.update(data)
        with in_cache():
            self._file.write(data)

    def entry(self) -> Entry:
        """What was written. Raises `ValueError` unless it is all that was promised."""
        if self.rows != self.shape[0]:
            raise ValueError(f"{self.rows} rows were appended to an array of shape {self.shape}")
        return Entry(self.dtype.str, self.shape, self._hash.hexdigest())


@final
class Writer:
    """Makes the arrays of one entry of the cache: each by `save`, or by `growing` piece by piece."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries: dict[str, Entry] = {}

    def save(self, name: str, array: NDArray[Any]) -> None:
        """A whole array."""
        with self.growing(name, array.dtype, array.shape) as growing:
            growing.append(array)

    @contextmanager
    def growing(self, name: str, dtype: DTypeLike, shape: tuple[int, ...]) -> Iterator[Growing]:
        """An array of that shape, to be appended to until all rows are there."""
        with in_cache():
            file = (self.folder / f"{name}.npy").open("wb")
        array = Growing(file, dtype, shape)
        try:
            yield array
        finally:
            with in_cache():
                file.close()
        self.entries[name] = array.entry()

    def manifest(self) -> dict[str, Any]:
        """All arrays by name, as a JSON object."""
        return {name: asdict(entry) for name, entry in self.entries.items()}
