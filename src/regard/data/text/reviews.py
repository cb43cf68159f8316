"""Reviews with what their writers think, whatever files they lie in."""

from abc import ABC, abstractmethod
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Half = Literal["train", "test"]
HALVES: tuple[Half, ...] = ("train", "test")


class Reviews(ABC):
    """Abstract. A published set of reviews, in two halves."""

    @property
    @abstractmethod
    def content(self) -> str:
        """The hash of everything in it."""

    @abstractmethod
    def half(self, name: Half) -> tuple[list[str], NDArray[np.int64]]:
        """The texts, and for each whether it is positive, (s,). Raises `MissingFile` and `Corrupt`."""
