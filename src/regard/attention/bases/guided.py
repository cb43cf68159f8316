"""Mechanisms whose keys are found by an index, and the penalty by which it learns what the heads read."""

from abc import ABC, abstractmethod
from typing import final

from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.chosen import Chosen
from regard.attention.kernels.chosen_keys import Choice, read, weigh
from regard.attention.kernels.indexer import divergence
from regard.attention.leftover import Leftover
from regard.attention.mask import Mask
from regard.attention.precision import in_float32
from regard.attention.size import Size
from regard.attention.streams import Streams


class Guided(Chosen, ABC):
    """Abstract. A final subclass finds keys by the scores of an index, which learns by `auxiliary` alone.

    No gradient passes through a choice. The penalty is the Kullback-Leibler divergence from the mean weights
    of the heads, detached, to the softmax of the index scores of the keys that are read, a mean over queries.
    It is that of the last call in training, to be asked for once.
    """

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self._penalty = Leftover()

    @abstractmethod
    def find(self, streams: Streams[Tensor], mask: Mask) -> tuple[Choice, Float[Tensor, "b c n r"]]:
        """The keys that each query reads, and their scores, -inf for what is not read or has none.

        c heads of scores, each for as many heads of queries.
        """

    @final
    def choose(self, streams: Streams[Tensor], mask: Mask) -> Choice:
        return self.find(streams, mask)[0]

    @final
    @in_float32
    def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        choice, scores = self.find(streams, mask)
        weights = weigh(streams, mask, choice, self.size)
        self._penalty.leave(self._learned(weights, scores, mask) if self.training else None)
        return read(streams, mask, choice, weights)

    @final
    def auxiliary(self) -> Float[Tensor, ""] | None:
        return self._penalty.take()

    def _learned(
        self, weights: Float[Tensor, "b h n r"], scores: Float[Tensor, "b c n r"], mask: Mask
    ) -> Float[Tensor, ""]:
        """What the index has to learn from one call."""
        n, real = scores.shape[2], mask.keys
        return divergence(
            weights, scores, None if real is None else real[:, None, mask.start : mask.start + n]
        )
