"""Labeled rows of tables."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from regard.core.errors import Corrupt
from regard.data.sources.cache import cached
from regard.data.sources.classes import Classes
from regard.data.sources.content import content
from regard.data.sources.part import Contents, Item, Part, PartName, require_two
from regard.data.sources.tables import class_names, count, require_in, rows
from regard.data.sources.writer import Writer

Files = Mapping[PartName, Sequence[Path]]
"""The files of each part."""
VERSION = 1
"""Of what labels mean: what an earlier one has put into the cache is not read."""


@final
@dataclass(frozen=True)
class Columns:
    """Where in a table an item and its label stand."""

    item: str
    label: str


@final
@dataclass(frozen=True)
class Rows(Part[Item]):
    """A part, in several files one behind the other."""

    files: Sequence[Path]
    columns: Columns
    numbers: NDArray[np.int64]
    """The class of each row."""
    read: Callable[[Any, str], Item]
    """Makes an item of a value; errors call it by the second argument. Raises `Corrupt`."""
    own: bool = False
    """Whether a user chooses the columns, which then belong to the content."""

    @cached_property
    def content(self) -> str:
        found = content(self.files)
        return f"{self.columns.item} {self.columns.label} {found}" if self.own else found

    @property
    def labels(self) -> NDArray[np.int64]:
        return self.numbers

    def items(self) -> Iterator[Item]:
        for path in self.files:
            for row, (value,) in enumerate(rows([path], [self.columns.item])):
                yield self.read(value, _where(path, row))

    def where(self, row: int) -> str:
        return where_in(self.files, row)


def where_in(files: Sequence[Path], row: int) -> str:
    """What errors call a row of several files: the file, and the row in it from 0."""
    for path in files:
        present = count([path])
        if row < present or path == files[-1]:
            break
        row -= present
    return _where(path, row)


def rows_in(
    files: Files,
    columns: Columns,
    read: Callable[[Any, str], Item],
    *,
    classes: tuple[str, ...] | None = None,
    own: bool = False,
) -> Contents[Item]:
    """The parts in these files. Classes are those that occur in training, called as `classes` says by their
    numbers, else as the files say. The labels are read once and kept in the cache.

    Raises `Corrupt` for a part without rows, a label that is none, and files that call classes differently.
    """
    every = "; ".join(f"{part} {content(paths)}" for part, paths in files.items())
    key = f"{columns.item} {columns.label} {classes} {every} {VERSION}"
    found = cached("labels", key, lambda writer: _number(writer, files, columns, classes))
    names = tuple(json.loads(found["classes"].tobytes()))
    parts = {part: Rows(paths, columns, np.array(found[part]), read, own) for part, paths in files.items()}
    return Contents(parts, names)


def _number(writer: Writer, files: Files, columns: Columns, classes: tuple[str, ...] | None) -> None:
    """Write the class of each row of every part, and what the classes are called, as JSON."""
    every = [path for paths in files.values() for path in paths]
    for path in every:
        require_in(path, (columns.item, columns.label))
    labels = {part: labels_in(paths, columns.label) for part, paths in files.items()}
    where = {part: lambda row, paths=paths: where_in(paths, row) for part, paths in files.items()}
    if classes is None:
        classes = _common_names(every, columns.label)
    found = Classes.among(labels["train"], classes, where["train"])
    require_two("train", found.names, where["train"](0))
    for part, each in labels.items():
        writer.save(part, found.numbered(each, where[part]))
    writer.save("classes", np.frombuffer(json.dumps(found.names).encode(), np.uint8))


def labels_in(files: Sequence[Path], column: str) -> list[Any]:
    """The labels of a part as they stand there. Raises `Corrupt` where there are no rows."""
    found = [label for (label,) in rows(files, [column])]
    if not found:
        raise Corrupt(f"{' and '.join(map(str, files))} has no rows. Fill or remove it.")
    return found


def _common_names(files: Sequence[Path], column: str) -> tuple[str, ...] | None:
    """What all files call the classes. Raises `Corrupt` where two of them differ."""
    names = {path: class_names(path, column) for path in files}
    for path, found in names.items():
        if found != names[files[0]]:
            message = (
                f"{path} does not call the classes as {files[0].name} does, so labels mean other things."
            )
            raise Corrupt(f"{message} Write both with the same names.")
    return names[files[0]]


def _where(path: Path, row: int) -> str:
    return f"{path}, row {row},"
