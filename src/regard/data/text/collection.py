"""What a collection of texts is, whatever files it lies in."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import final

from regard.data.sources import Contents
from regard.data.task import LookUp


@final
@dataclass(frozen=True)
class TextContents:
    """What was found: the parts, and the hash of everything in them."""

    found: Contents[str]
    content: str


@final
@dataclass(frozen=True)
class TextCollection:
    """A collection by its name. Nothing is read before `contents` are asked for."""

    name: str
    find: Callable[[], TextContents]
    noun: str = "text"
    """What errors call one of its texts."""
    classes: tuple[str, ...] | None = None
    """What the classes are called, where it is known without reading them."""
    known_look_up: LookUp | None = None
    """What a single word says of the class, where that is more than chance."""

    @cached_property
    def contents(self) -> TextContents:
        """The parts and the classes. Raises `MissingFile` and `Corrupt`."""
        return self.find()
