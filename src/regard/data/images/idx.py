"""MNIST's own format: arrays of bytes with a header, compressed or not."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path
from typing import BinaryIO, final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from regard.core.errors import Corrupt, MissingFile
from regard.data.images.collection import ImageContents, SourceImage
from regard.data.sources import Contents, Part, content

IMAGES, LABELS = 0x0803, 0x0801
"""Magic numbers: bytes, in three dimensions and in one."""
LARGEST = 2**30
"""Bytes of an array; MNIST's largest has 47 million."""


@final
@dataclass(frozen=True)
class Idx(Part[SourceImage]):
    """A part: a file of images and one of labels."""

    image_file: Path
    label_file: Path

    @cached_property
    def content(self) -> str:
        return content([self.image_file, self.label_file])

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        labels = read_idx(self.label_file, LABELS).astype(np.int64)
        if len(labels) != len(self._images):
            message = f"{self.image_file} has {len(self._images):,} images, but {self.label_file} "
            raise Corrupt(f"{message}{len(labels):,} labels. Download both again.")
        return labels

    def items(self) -> Iterator[SourceImage]:
        for row, image in enumerate(self._images):
            yield SourceImage(Image.fromarray(image), self.where(row))

    def where(self, row: int) -> str:
        return f"{self.image_file}, image {row},"

    @cached_property
    def _images(self) -> NDArray[np.uint8]:
        return read_idx(self.image_file, IMAGES)


def contents_of(folder: Path) -> ImageContents:
    """The two parts in MNIST's four files. Raises `MissingFile` where one is missing."""
    return Contents({"train": _part(folder, "train"), "test": _part(folder, "t10k")}, tuple("0123456789"))


def read_idx(path: Path, magic: int) -> NDArray[np.uint8]:
    """The array in an idx file, compressed or not; no more is read than its header promises.

    Raises `Corrupt` where magic number, sizes or compression are wrong.
    """
    with _opened(path) as file:
        found = int.from_bytes(file.read(4), "big")
        if found != magic:
            message = f"{path} begins with the magic number {found:#06x} instead of {magic:#06x}."
            raise Corrupt(f"{message} Download it again.")
        shape = [int.from_bytes(file.read(4), "big") for _ in range(magic & 0xFF)]
        size = prod(shape)
        if size > LARGEST:
            message = f"{path} announces an array of {shape}, more than {LARGEST:,} bytes."
            raise Corrupt(f"{message} Download it again.")
        raw = file.read(size + 1)
    if len(raw) != size or 0 in shape:
        have = f"has {len(raw):,}" if len(raw) <= size else f"has more than {size:,}"
        message = f"{path} should hold an array of {shape}, but {have} bytes behind its header."
        raise Corrupt(f"{message} Download it again.")
    return np.frombuffer(raw, np.uint8).reshape(shape)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file, decompressed as far as it is read. Raises `Corrupt`."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield file  # type: ignore[misc]
    except (OSError, EOFError, zlib.error) as error:
        raise Corrupt(f"{path} cannot be decompressed: {error}. Download it again.") from error


def _part(folder: Path, name: str) -> Idx:
    return Idx(_file(folder, f"{name}-images", "idx3"), _file(folder, f"{name}-labels", "idx1"))


def _file(folder: Path, name: str, kind: str) -> Path:
    """The file, compressed or not; some programs that decompress put a dot for the second dash."""
    spellings = [f"{name}{mark}{kind}-ubyte{suffix}" for suffix in (".gz", "") for mark in "-."]
    found = next((folder / each for each in spellings if (folder / each).is_file()), None)
    if found is None:
        message = f"mnist: {folder} has none of the files {', '.join(spellings)}."
        raise MissingFile(f"{message} Download one of them.")
    return found
