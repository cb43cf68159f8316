"""Files in one folder per class."""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from regard.core.errors import MissingFile
from regard.data.sources.content import content
from regard.data.sources.part import Contents, Item, Part, PartName
from regard.data.sources.visible import entries_in, files_in, folders_in, walk

NAMES: dict[PartName, tuple[str, ...]] = {
    "train": ("train", "training"),
    "validation": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing", "eval"),
}
"""What the folders of parts are called, in capitals or not."""


@final
@dataclass(frozen=True)
class FileKind:
    """A kind of files that are labeled by the folders in which they lie."""

    noun: str
    """In the plural: what errors call them."""
    suffixes: Collection[str]
    """The ends of their names, in small letters; all other files are left alone."""
    example: str
    """What one is called."""

    def lie_in(self, folder: Path) -> bool:
        """Whether there are any in a folder or the folders in it."""
        return any(True for _ in walk(folder, self.suffixes))

    def lie_directly_in(self, folder: Path) -> bool:
        """Whether a folder itself holds any."""
        return any(path.suffix.lower() in self.suffixes and path.is_file() for path in entries_in(folder))

    @property
    def layout(self) -> str:
        """How they are laid out."""
        return f"Lay it out as FOLDER/train/CLASS/{self.example}, or as FOLDER/CLASS/{self.example}."


@final
@dataclass(frozen=True)
class Tree(Part[Item]):
    """A part: files with their classes."""

    folder: Path
    files: Sequence[Path]
    classes: Sequence[int]
    read: Callable[[Path], Item]
    """Raises `Corrupt`, with the path."""

    @cached_property
    def content(self) -> str:
        names = "\n".join(str(path.relative_to(self.folder)) for path in self.files)
        name = hashlib.sha256(names.encode("utf-8", "surrogateescape")).hexdigest()
        return f"{name} {content(self.files)}"

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        return np.array(self.classes, np.int64)

    def items(self) -> Iterator[Item]:
        return map(self.read, self.files)

    def where(self, row: int) -> str:
        return str(self.files[row])


def tree_in(folder: Path, kind: FileKind, read: Callable[[Path], Item]) -> Contents[Item]:
    """The parts of a folder. Classes are named after their folders, in order of their names.

    A folder called `train` is a part where it is divided into classes, and a class where files lie in it.
    Raises `MissingFile` for a folder that holds nothing in classes, an empty class, or one class only, and
    where a folder may be a part or a class.
    """
    parts = _parts_of(folder, kind)
    classes = [path.name for path in folders_in(parts["train"])]
    if len(classes) < 2:
        what = f"the one class {classes[0]}" if classes else "no folders of classes"
        raise MissingFile(f"{parts['train']} has {what}; at least two are needed. {kind.layout}")
    found = {part: _some_of(place, classes, kind, read) for part, place in parts.items()}
    return Contents(found, tuple(classes))


def part_of(folder: Path, classes: Sequence[str], kind: FileKind, read: Callable[[Path], Item]) -> Tree[Item]:
    """All files of a part, in folders of these classes. Raises `MissingFile` where one has none."""
    for name in classes:
        if not (folder / name).is_dir():
            raise _without_files(folder / name, kind)
    return _some_of(folder, classes, kind, read)


def _some_of(
    folder: Path, classes: Sequence[str], kind: FileKind, read: Callable[[Path], Item]
) -> Tree[Item]:
    """The same, of the classes that have a folder there: a small test need not have all."""
    unknown = sorted({path.name for path in folders_in(folder)} - set(classes))
    if unknown:
        message = f"{folder} has the class {unknown[0]}, which has no training {kind.noun}."
        raise MissingFile(f"{message} Remove or rename it.")
    files: list[Path] = []
    labels: list[int] = []
    for label, name in enumerate(classes):
        if not (folder / name).is_dir():
            continue
        found = files_in(folder / name, kind.suffixes)
        if not found:
            raise _without_files(folder / name, kind)
        files += found
        labels += [label] * len(found)
    if not files:
        raise _without_files(folder, kind)
    return Tree(folder, files, labels, read)


def _without_files(folder: Path, kind: FileKind) -> MissingFile:
    shown = ", ".join(sorted(kind.suffixes))
    return MissingFile(f"{folder} holds no {kind.noun} ({shown}). Fill or remove it.")


def _parts_of(folder: Path, kind: FileKind) -> Mapping[PartName, Path]:
    """The folders of the parts; the folder itself trains where it has none."""
    called = _called_like_parts(folder)
    parts = {name: place for name, place in called.items() if _is_divided(place, kind)}
    others = [path for path in folders_in(folder) if path not in parts.values() and kind.lie_in(path)]
    if not parts and not (called and all(path in called.values() for path in others)):
        return {"train": folder}
    if "train" not in parts:
        _refuse_strays(called.get("train"), kind)
        have = " and ".join(sorted(place.name for place in called.values()))
        message = f"{folder} has {have}, but no train that is divided into classes."
        raise MissingFile(f"{message} If all are classes, put them into {folder / 'train'}. {kind.layout}")
    if others:
        message = f"{folder} has the parts {', '.join(place.name for place in parts.values())}, and "
        message += f"{others[0].name}, which holds {kind.noun} and is no part in classes."
        raise MissingFile(f"{message} Move it away; if all are classes, put them into {folder / 'train'}.")
    return parts | {name: place for name, place in called.items() if name not in parts}


def _refuse_strays(place: Path | None, kind: FileKind) -> None:
    """Raise `MissingFile` for a part that has files beside its folders of classes."""
    if place and kind.lie_directly_in(place) and any(map(kind.lie_in, folders_in(place))):
        message = f"{place} holds {kind.noun} beside its folders of classes, and they are of no class."
        raise MissingFile(f"{message} Move them away.")


def _called_like_parts(folder: Path) -> dict[PartName, Path]:
    """The folders that are called like parts. Raises `MissingFile` where two are called like the same one."""
    found: dict[PartName, Path] = {}
    for name, spellings in NAMES.items():
        places = [path for path in folders_in(folder) if path.name.casefold() in spellings]
        divided = f"{folder} has {' and '.join(path.name for path in places)}, which are the same part."
        if len(places) > 1:
            raise MissingFile(f"{divided} Keep one of them, or put classes into {folder / 'train'}.")
        if places:
            found[name] = places[0]
    return found


def _is_divided(folder: Path, kind: FileKind) -> bool:
    """Whether a folder has folders of files, and no file beside them."""
    return any(map(kind.lie_in, folders_in(folder))) and not kind.lie_directly_in(folder)
