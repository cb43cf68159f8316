"""CIFAR-10 as it was published: five batches for training and one for the test."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from regard.core.errors import MissingFile
from regard.data.images.cifar_binary import read_binary
from regard.data.images.cifar_pickle import read_pickle
from regard.data.images.collection import ImageContents, SourceImage
from regard.data.sources import Contents, Part, content

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
TRAIN = ("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5")
TEST = ("test_batch",)

Read = Callable[[Path], tuple[NDArray[np.int64], NDArray[np.uint8]]]
"""A batch to labels, (s,), and images, (s, 3, 32, 32)."""


@final
@dataclass(frozen=True)
class CifarBatches(Part[SourceImage]):
    """A part, in several batches one behind the other."""

    files: Sequence[Path]
    read: Read

    @cached_property
    def content(self) -> str:
        return content(self.files)

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        return np.concatenate(self._labels)

    def items(self) -> Iterator[SourceImage]:
        for path in self.files:
            _, images = self.read(path)
            for row, image in enumerate(images):
                yield SourceImage(Image.fromarray(image.transpose(1, 2, 0)), _where(path, row))

    def where(self, row: int) -> str:
        for path, labels in zip(self.files, self._labels, strict=True):
            if row < len(labels) or path == self.files[-1]:
                break
            row -= len(labels)
        return _where(path, row)

    @cached_property
    def _labels(self) -> list[NDArray[np.int64]]:
        """The labels of each file."""
        return [self.read(path)[0] for path in self.files]


def binary_contents(folder: Path) -> ImageContents:
    """The parts in `cifar-10-batches-bin`."""
    return _contents(folder, ".bin", read_binary)


def pickled_contents(folder: Path) -> ImageContents:
    """The parts in `cifar-10-batches-py`."""
    return _contents(folder, "", read_pickle)


def _contents(folder: Path, suffix: str, read: Read) -> ImageContents:
    def part(names: Sequence[str]) -> CifarBatches:
        return CifarBatches([_present(folder / f"{name}{suffix}") for name in names], read)

    return Contents({"train": part(TRAIN), "test": part(TEST)}, CLASSES)


def _present(path: Path) -> Path:
    if not path.is_file():
        raise MissingFile(f"cifar10: there is no file {path}. Download the folder again.")
    return path


def _where(path: Path, row: int) -> str:
    return f"{path}, image {row},"
