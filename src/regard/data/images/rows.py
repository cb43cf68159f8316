"""Images in the rows of parquet or arrow files, as the hub has them: `image.bytes` and `label`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from regard.core.errors import Corrupt
from regard.data.images.collection import Contents, Part, PartName, SourceImage
from regard.data.images.decode import opened
from regard.data.sources import Source, batches, class_names, content, count, find, read


@final
@dataclass(frozen=True)
class Rows(Part):
    """A part, in several files one behind the other."""

    files: Sequence[Path]
    image: str
    label: str

    @cached_property
    def content(self) -> str:
        return content(self.files)

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        import pyarrow as pa  # noqa: PLC0415 (takes a while)

        labels = read(self.files, [self.label]).column(self.label)
        if labels.null_count:
            row = labels.is_null().to_pylist().index(True)
            raise Corrupt(f"{self.where(row)} has no label. Download it again.")
        if not pa.types.is_integer(labels.type):
            raise Corrupt(
                f"{self.files[0]} has labels of type {labels.type}, not integers. Number the classes."
            )
        return labels.to_numpy().astype(np.int64)

    def pictures(self) -> Iterator[SourceImage]:
        for path in self.files:
            values = (
                v for batch in batches([path], [self.image]) for v in batch.column(self.image).to_pylist()
            )
            for row, value in enumerate(values):
                where = _where(path, row)
                yield SourceImage(opened(_encoded(value, where), where), where)

    def where(self, row: int) -> str:
        for path in self.files:
            rows = count([path])
            if row < rows or path == self.files[-1]:
                break
            row -= rows
        return _where(path, row)


def contents_of(source: Source, splits: Mapping[PartName, str], image: str, data: str | None) -> Contents:
    """The parts of a set on the hub or in a folder of data, by their splits there; `image` is a column."""
    return contents_in({part: find(source, split, data) for part, split in splits.items()}, image)


def contents_in(files: Mapping[PartName, Sequence[Path]], image: str) -> Contents:
    """The parts in these files. Classes that no file names are numbers. Raises `Corrupt`."""
    parts = {part: Rows(paths, image, "label") for part, paths in files.items()}
    names = _common_names([path for paths in files.values() for path in paths])
    if names is None:
        names = tuple(map(str, range(int(parts["train"].labels.max()) + 1)))
    return Contents(parts, names)


def _common_names(files: Sequence[Path]) -> tuple[str, ...] | None:
    """What all files call the classes. Raises `Corrupt` where two of them differ."""
    names = {path: class_names(path, "label") for path in files}
    for path, found in names.items():
        if found != names[files[0]]:
            message = (
                f"{path} does not call the classes as {files[0].name} does, so labels mean other things."
            )
            raise Corrupt(f"{message} Download both again.")
    return names[files[0]]


def _encoded(value: object, where: str) -> bytes | None:
    """The file of an image, as the hub has it or alone. Raises `Corrupt` for a value of another kind."""
    if isinstance(value, dict):
        value = value.get("bytes")
    if value is None or isinstance(value, bytes):
        return value
    raise Corrupt(
        f"{where} is no encoded image, but a value of type {type(value).__name__}. Encode it as PNG."
    )


def _where(path: Path, row: int) -> str:
    return f"{path}, row {row},"
