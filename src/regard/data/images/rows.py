"""Images in the rows of tables: encoded, as the hub has them, or named by their files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from regard.core.errors import Corrupt
from regard.data.images.collection import ImageContents, SourceImage
from regard.data.images.decode import opened
from regard.data.images.tree import image_of
from regard.data.sources import Columns, Contents, Files, Part, PartName, Source, content, find, rows_in

ENCODED = frozenset({".parquet", ".arrow"})
"""Tables that hold images; the others name their files."""


def contents_of(
    source: Source, splits: Mapping[PartName, str], image: str, data: str | None
) -> ImageContents:
    """The parts of a set on the hub or in a folder of data, by their splits there; `image` is a column."""
    files = {part: find(source, split, data) for part, split in splits.items()}
    return rows_in(files, Columns(image, "label"), encoded_image)


def own_rows(files: Files, columns: Columns) -> ImageContents:
    """The parts in a user's own tables, whose images lie in them or beside them."""
    first = files["train"][0]
    _require_alike([path for paths in files.values() for path in paths])
    if first.suffix.lower() in ENCODED:
        return rows_in(files, columns, encoded_image, own=True)
    named = rows_in(files, columns, lambda value, where: _named_file(value, where, first.parent), own=True)
    return Contents({part: Listed(table) for part, table in named.parts.items()}, named.classes)


@final
@dataclass(frozen=True)
class Listed(Part[SourceImage]):
    """Images whose files a table names."""

    table: Part[Path]

    @cached_property
    def content(self) -> str:
        return f"{self.table.content} {content(self.table.items())}"

    @property
    def labels(self) -> NDArray[np.int64]:
        return self.table.labels

    def items(self) -> Iterator[SourceImage]:
        return map(image_of, self.table.items())

    def where(self, row: int) -> str:
        return self.table.where(row)


def encoded_image(value: Any, where: str) -> SourceImage:
    """The image in the file of one, as the hub has it or alone. Raises `Corrupt` for any other value."""
    if isinstance(value, dict):
        if value.get("bytes") is None and value.get("path"):
            message = f"{where} names the file {value['path']} and does not hold it."
            raise Corrupt(f"{message} Write the table with its images in it.")
        value = value.get("bytes")
    if value is None or isinstance(value, bytes):
        return SourceImage(opened(value, where), where)
    kind = type(value).__name__
    raise Corrupt(f"{where} is no encoded image, but a value of type {kind}. Encode it as PNG.")


def _require_alike(files: Sequence[Path]) -> None:
    """Raise `Corrupt` where one table holds its images and another one names their files."""
    first, *others = files
    for path in others:
        if (path.suffix.lower() in ENCODED) != (first.suffix.lower() in ENCODED):
            message = f"Of {first} and {path} one holds images and the other names their files."
            raise Corrupt(f"{message} Write both in one format.")


def _named_file(value: Any, where: str, folder: Path) -> Path:
    """The file that a row names, from the table's folder. Raises `Corrupt` for what is no file."""
    path = folder / value if isinstance(value, str) and value else None
    if path is None or not path.is_file():
        shown = repr(value)[:60]
        raise Corrupt(f"{where} names {shown}, but {path or folder} is no file. Correct it, or restore it.")
    return path
