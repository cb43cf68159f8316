"""What a collection of images is, whatever files it lies in."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from regard.core.errors import Corrupt
from regard.data.task import LookUp

PartName = Literal["train", "validation", "test"]


@final
@dataclass(frozen=True)
class SourceImage:
    """One image of a source, not decoded yet."""

    image: Image.Image
    where: str
    """What errors call it: the file, and the row in it."""


class Part(ABC):
    """Abstract. One published part of a collection."""

    @property
    @abstractmethod
    def content(self) -> str:
        """The hash of everything in it."""

    @property
    @abstractmethod
    def labels(self) -> NDArray[np.int64]:
        """The class of each image, in order."""

    @abstractmethod
    def pictures(self) -> Iterator[SourceImage]:
        """All images, in the same order, one at a time."""

    @abstractmethod
    def where(self, row: int) -> str:
        """What errors call that image."""


@final
@dataclass(frozen=True)
class Contents:
    """What was found: the parts, `train` at least, and what the classes are called."""

    parts: Mapping[PartName, Part]
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        for part in self.parts.values():
            wrong = np.flatnonzero((part.labels < 0) | (part.labels >= len(self.classes)))
            if len(wrong):
                row = int(wrong[0])
                message = f"{part.where(row)} has the label {part.labels[row]}, but labels go from 0 to "
                raise Corrupt(f"{message}{len(self.classes) - 1}. Download it again.")


@final
@dataclass(frozen=True)
class Collection:
    """A collection by its name. Nothing is read before `contents` are asked for."""

    name: str
    find: Callable[[], Contents]
    channels: int = 3
    published: Mapping[PartName, int] = field(default_factory=dict)
    """How many images the original has in each part."""
    classes: int | None = None
    """How many classes the original has."""
    lossless: bool = False
    """Whether the original was published without loss."""
    known_look_up: LookUp | None = None
    """What a single pixel says of the class, where that is more than chance."""

    @cached_property
    def contents(self) -> Contents:
        """The parts and classes. Raises `Corrupt` if there are more classes than there should be."""
        found = self.find()
        if self.classes is not None and len(found.classes) > self.classes:
            message = f"{self.name} has {self.classes} classes, but the labels found go up to "
            raise Corrupt(f"{message}{len(found.classes) - 1}. Download the files again.")
        return found
