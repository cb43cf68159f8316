"""A set of labeled data in parts: what images and texts have in common, whatever files they lie in."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar, final

import numpy as np
from numpy.typing import NDArray

from regard.core.errors import Corrupt

PartName = Literal["train", "validation", "test"]

Item = TypeVar("Item")
"""What is labeled: an image, a text."""


class Part(ABC, Generic[Item]):
    """Abstract. One part of a set, as it was published or laid out."""

    @property
    @abstractmethod
    def content(self) -> str:
        """The hash of everything in it."""

    @property
    @abstractmethod
    def labels(self) -> NDArray[np.int64]:
        """The class of each item, in order."""

    @abstractmethod
    def items(self) -> Iterator[Item]:
        """All items, in the same order, one at a time. Raises `Corrupt` for one that cannot be read."""

    @abstractmethod
    def where(self, row: int) -> str:
        """What errors call that item."""


@final
@dataclass(frozen=True)
class Contents(Generic[Item]):
    """What was found: the parts, `train` at least, and what the classes are called.

    Raises `Corrupt` for a label that is no class, and for a part to train or to test on with one class only,
    of which a score says nothing.
    """

    parts: Mapping[PartName, Part[Item]]
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        for part in self.parts.values():
            wrong = np.flatnonzero((part.labels < 0) | (part.labels >= len(self.classes)))
            if len(wrong):
                row = int(wrong[0])
                message = f"{part.where(row)} has the label {part.labels[row]}, but labels go from 0 to "
                raise Corrupt(f"{message}{len(self.classes) - 1}. Correct it, or restore the file.")
        for name, part in self.parts.items():
            if name != "validation":
                present = [self.classes[label] for label in np.unique(part.labels)]
                require_two(name, present, part.where(0))


def require_two(name: PartName, classes: Sequence[str], where: str) -> None:
    """Raise `Corrupt` unless there are two classes in a part; `where` is its first item."""
    if len(classes) < 2:
        what = f"the one class '{classes[0]}'" if classes else "no labels"
        message = f"{where} and all else for {name} has {what}; at least two classes are needed."
        raise Corrupt(f"{message} Add data of another class.")
