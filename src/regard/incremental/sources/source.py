"""The contract of a source: how one number of a parameter changes what its module gives."""

from abc import ABC, abstractmethod

from jaxtyping import Float, Int64
from torch import Tensor

from regard.incremental.changes import Channels


class Source(ABC):
    """Abstract. A parameter of which each number changes one channel of its module's output."""

    @abstractmethod
    def changes(self, indices: Int64[Tensor, " p"], deltas: Float[Tensor, " p"]) -> Channels:
        """What changes where the number at each index, counted row by row, grows by its delta."""
