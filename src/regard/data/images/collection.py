"""What a collection of images is, whatever files it lies in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import final

from PIL import Image

from regard.core.errors import Corrupt
from regard.data.sources import Contents, Part, PartName
from regard.data.task import LookUp


@final
@dataclass(frozen=True)
class SourceImage:
    """One image of a source, not decoded yet."""

    image: Image.Image
    where: str
    """What errors call it: the file, and the row in it."""


ImagePart = Part[SourceImage]
ImageContents = Contents[SourceImage]


@final
@dataclass(frozen=True)
class Collection:
    """A collection by its name. Nothing is read before `contents` are asked for."""

    name: str
    find: Callable[[], ImageContents]
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
    def contents(self) -> ImageContents:
        """The parts and classes. Raises `Corrupt` if there are more classes than there should be."""
        found = self.find()
        if self.classes is not None:
            # classes without names are called by their numbers, from 0
            numbers = [int(name) + 1 for name in found.classes if name.isdecimal()]
            most = max(len(found.classes), *numbers, 0)
            if most > self.classes:
                message = f"{self.name} has {self.classes} classes, but the labels found go up to {most - 1}."
                raise Corrupt(f"{message} Download the files again.")
        return found
