"""Mechanisms whose scores are made without keys: each query scores places, up to the longest length."""

from abc import ABC, abstractmethod
from typing import Any, final

from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.cached import Cached
from regard.attention.cost import Cost
from regard.attention.kernels.scores import masked_scores, safe_softmax
from regard.attention.mask import Mask
from regard.attention.precision import widen
from regard.attention.streams import Streams


class Synthesized(Cached, ABC):
    """Abstract. A final subclass scores the first m places for each query, and says what that costs.

    Weights are the softmax of the scores, with the bias added, over the keys that the mask allows.
    """

    def streams(self) -> Streams[Any]:
        # of a query only its place matters
        return Streams(q=0, v=self.size.e)

    @abstractmethod
    def score(self, q: Float[Tensor, "b h n _"], start: int, m: int) -> Float[Tensor, "#b h n m"]:
        """Scores of queries, the first of which stands at `start`; float32 at least."""

    @abstractmethod
    def scoring_cost(self, n: int, m: int) -> tuple[int, int]:
        """Operations of `score`, for one head: of matrix products, and others."""

    @final
    def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        v = mask.readable(streams.v)
        return self._rows(streams, mask) @ v

    @final
    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        return self._rows(streams, mask)

    @final
    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, (products, others) = self.size.h, self.scoring_cost(n, m)
        return Cost(
            matmul_flops=h * (2 * n * m * self.size.e + products),
            # maximum, subtract, exp, sum, divide
            other_flops=h * (5 * n * m + others),
            state_numbers=self.cached_numbers(m),
        )

    def _rows(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        q, v = streams.q, streams.v
        scores = self.score(widen(q), mask.start, v.shape[2]).expand(*q.shape[:3], v.shape[2])
        return safe_softmax(masked_scores(scores, mask), mask).to(v.dtype)
