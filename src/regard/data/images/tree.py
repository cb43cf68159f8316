"""Images as files, in one folder per class."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from regard.core.errors import Corrupt, MissingFile
from regard.data.images.collection import Contents, Part, PartName, SourceImage
from regard.data.images.decode import opened
from regard.data.sources import content

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".jp2", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".avif"}
    | {".ppm", ".pgm", ".pbm", ".tga"}
)
"""Files that are taken for images; all others are left alone."""
PARTS: dict[PartName, tuple[str, ...]] = {
    "train": ("train", "training"),
    "validation": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing", "eval"),
}
"""What their folders are called, in capitals or not."""
REMEDY = "Lay it out as FOLDER/train/CLASS/IMAGE.jpg, or as FOLDER/CLASS/IMAGE.jpg."


@final
@dataclass(frozen=True)
class Tree(Part):
    """A part: files with their classes."""

    folder: Path
    files: Sequence[Path]
    classes: Sequence[int]

    @cached_property
    def content(self) -> str:
        names = "\n".join(str(path.relative_to(self.folder)) for path in self.files)
        name = hashlib.sha256(names.encode("utf-8", "surrogateescape")).hexdigest()
        return f"{name} {content(self.files)}"

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        return np.array(self.classes, np.int64)

    def pictures(self) -> Iterator[SourceImage]:
        for row, path in enumerate(self.files):
            try:
                encoded = path.read_bytes()
            except OSError as error:
                raise Corrupt(f"{path} cannot be read: {error.strerror}. Restore it.") from error
            yield SourceImage(opened(encoded, self.where(row)), self.where(row))

    def where(self, row: int) -> str:
        return str(self.files[row])


def contents_of(folder: Path) -> Contents:
    """The parts of a folder of images. Classes are named after their folders, in order of their names.

    Raises `MissingFile` for a folder that holds no images in classes, an empty class, or one class only.
    """
    places = {part: _first(folder, names) for part, names in PARTS.items()}
    found = {part: place for part, place in places.items() if place is not None}
    if "train" not in found:
        found = {"train": _undivided(folder, found)}
    classes = classes_in(found["train"])
    if len(classes) < 2:
        what = f"the one class {classes[0]}" if classes else "no folders of classes"
        raise MissingFile(f"{found['train']} has {what}; at least two are needed. {REMEDY}")
    return Contents({part: part_of(place, classes) for part, place in found.items()}, tuple(classes))


def _first(folder: Path, names: Sequence[str]) -> Path | None:
    folders = {path.name.casefold(): path for path in sorted(folder.iterdir()) if path.is_dir()}
    return next((folders[name] for name in names if name in folders), None)


def _undivided(folder: Path, found: Mapping[PartName, Path]) -> Path:
    """The folder itself, as one of classes. Raises `MissingFile` if its folders are parts and none trains."""
    if found and set(classes_in(folder)) == {place.name for place in found.values()}:
        raise MissingFile(f"{folder} has {' and '.join(classes_in(folder))}, but no train. {REMEDY}")
    return folder


def classes_in(folder: Path) -> list[str]:
    """The names of the folders in a folder, in order, without hidden ones."""
    names = sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise Corrupt(f"{folder} has the folder {name!r}, whose name is not UTF-8. Rename it.") from error
    return names


def part_of(folder: Path, classes: Sequence[str]) -> Tree:
    """All images of a part, in folders of the same classes."""
    unknown = sorted(set(classes_in(folder)) - set(classes))
    if unknown:
        message = f"{folder} has the class {unknown[0]}, which has no training images. Remove or rename it."
        raise MissingFile(message)
    files: list[Path] = []
    labels: list[int] = []
    for label, name in enumerate(classes):
        images = images_in(folder / name)
        if not images:
            message = f"{folder / name} holds no images ({', '.join(sorted(SUFFIXES))}). Fill or remove it."
            raise MissingFile(message)
        files += images
        labels += [label] * len(images)
    return Tree(folder, files, labels)


def images_in(folder: Path) -> list[Path]:
    """All images in a folder and the folders in it, without hidden files."""
    found = folder.rglob("[!.]*") if folder.is_dir() else iter(())
    return sorted(path for path in found if path.suffix.lower() in SUFFIXES and path.is_file())
