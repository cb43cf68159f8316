"""Images as files, in one folder per class."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from regard.core.errors import Corrupt, MissingFile
from regard.data.images.collection import Contents, Part, PartName, Picture
from regard.data.images.decode import opened
from regard.data.sources import content

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm"})
"""Files that are taken for images; all others are left alone."""
PARTS: dict[PartName, tuple[str, ...]] = {
    "train": ("train", "training"),
    "validation": ("val", "valid", "validation"),
    "test": ("test",),
}
REMEDY = "Lay it out as FOLDER/train/CLASS/IMAGE.jpg, or as FOLDER/CLASS/IMAGE.jpg."


@final
@dataclass(frozen=True)
class Tree(Part):
    """A part: files with their classes."""

    folder: Path
    files: Sequence[Path]
    classes: Sequence[int]

    @cached_property
    def content(self) -> str:  # type: ignore[override]  # found when asked for
        names = "\n".join(str(path.relative_to(self.folder)) for path in self.files)
        name = hashlib.sha256(names.encode("utf-8", "surrogateescape")).hexdigest()
        return f"{name} {content(self.files)}"

    @property
    def labels(self) -> NDArray[np.int64]:  # type: ignore[override]  # made when asked for
        return np.array(self.classes, np.int64)

    def pictures(self) -> Iterator[Picture]:
        for row, path in enumerate(self.files):
            try:
                encoded = path.read_bytes()
            except OSError as error:
                raise Corrupt(f"{path} cannot be read: {error.strerror}. Restore it.") from error
            yield Picture(opened(encoded, self.where(row)), self.where(row))

    def where(self, row: int) -> str:
        return str(self.files[row])


def contents_of(folder: Path) -> Contents:
    """The parts of a folder of images. Classes are named after their folders, in order of their names.

    Raises `MissingFile` for a folder that holds no images in classes, an empty class, or one class only.
    """
    places = {part: _first(folder, names) for part, names in PARTS.items()}
    found = {part: place for part, place in places.items() if place is not None}
    if "train" not in found:
        found = {"train": folder}
    classes = classes_in(found["train"])
    if len(classes) < 2:
        what = f"the one class {classes[0]}" if classes else "no folders of classes"
        raise MissingFile(f"{found['train']} has {what}; at least two are needed. {REMEDY}")
    return Contents({part: part_of(place, classes) for part, place in found.items()}, tuple(classes))


def _first(folder: Path, names: Sequence[str]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_dir()), None)


def classes_in(folder: Path) -> list[str]:
    """The names of the folders in a folder, in order."""
    return sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


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
    """All images in a folder and the folders in it."""
    found = folder.rglob("*") if folder.is_dir() else iter(())
    return sorted(path for path in found if path.suffix.lower() in SUFFIXES and path.is_file())
