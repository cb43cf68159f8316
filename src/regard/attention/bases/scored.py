"""Mechanisms that weigh keys by a score of each pair: scores to weights, from which all else follows."""

from abc import ABC, abstractmethod
from typing import final

from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.cached import Cached
from regard.attention.cost import Cost
from regard.attention.kernels.scores import per_head, wide_scores
from regard.attention.mask import Mask
from regard.attention.streams import Streams


class Scored(Cached, ABC):
    """Abstract. A final subclass says how a row of scores becomes weights, and what that costs."""

    @abstractmethod
    def normalize(self, scores: Float[Tensor, "b h n m"], mask: Mask) -> Float[Tensor, "b h n m"]:
        """Weights from scores, which are -inf wherever the mask hides a key: there the weight must be 0.

        Scores are float32, or float64 where the streams are.
        """

    @abstractmethod
    def flops_per_score(self, m: int) -> int:
        """Operations of `normalize` for each of the m scores of a row."""

    def preparing_flops(self, n: int, m: int) -> int:
        """Operations on n queries and m keys before they meet, for one head: here the scale of q."""
        return n * self.size.d

    def preparing_matmul_flops(self, n: int, m: int) -> int:
        """Operations of matrix products other than those of q with k and of weights with v, for all heads."""
        return 0

    def score(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        """The scores, with the bias added and -inf where the mask hides a key: here q kT / sqrt d."""
        return wide_scores(streams.q, streams.k, mask, self.size)

    @final
    def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        return self._rows(streams, mask) @ per_head(mask.readable(streams.v), self.size.h)

    @final
    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        return self._rows(streams, mask)

    @final
    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        """Every pair is scored, whatever the mask hides."""
        h, d, e = self.size.h, self.size.d, self.size.e
        return Cost(
            matmul_flops=2 * h * n * m * (d + e) + self.preparing_matmul_flops(n, m),
            other_flops=h * (self.flops_per_score(m) * n * m + self.preparing_flops(n, m)),
            state_numbers=self.cached_numbers(m),
        )

    def _rows(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        # `weights` itself refuses further queries to a mechanism of one sequence
        return self.normalize(self.score(streams, mask), mask).to(streams.v.dtype)
