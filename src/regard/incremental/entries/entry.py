"""The contract of an entry: a place in a model where changes come in, and what follows from them."""

from abc import ABC, abstractmethod
from typing import Any

from regard.incremental.known import Network
from regard.incremental.scoring import Losses


class Entry(ABC):
    """Abstract. Losses of candidates that differ from the known model from one place on."""

    words: str
    """What is done for each candidate, in words."""

    def __init__(self, network: Network) -> None:
        self.network = network

    @abstractmethod
    def losses(self, changes: Any) -> Losses:
        """The loss of each of k candidates, all computed at once."""

    @property
    @abstractmethod
    def cost(self) -> float:
        """Multiply-adds for each candidate."""

    @property
    @abstractmethod
    def numbers(self) -> int:
        """Numbers that each candidate of a call holds at once, about."""
