"""The rows of one file, whatever its format."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any


class Table(ABC):
    """Abstract. A file with named columns. Whatever is asked raises `Corrupt` where it cannot be read."""

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""

    @property
    @abstractmethod
    def count(self) -> int:
        """How many rows there are."""

    @abstractmethod
    def rows(self, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """The values of some columns, row by row; a few rows are in memory at one time."""

    def class_names(self, column: str) -> tuple[str, ...] | None:
        """What the numbers in a column of classes mean; None where the file does not say."""
        return None
