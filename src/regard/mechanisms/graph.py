"""Graph attention: a node reads its neighbors, each weighed by a score that is no product."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.bases.cached import Cached
from regard.attention.cost import Cost
from regard.attention.kernels.scores import masked_scores, per_head, safe_softmax
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.precision import widen, without_autocast
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits

SLOPE = 0.2
"""Of a leaky ReLU below 0, as in the paper."""

BLOCK = 64
"""Queries whose distances are taken at once: a gradient on a GPU holds the features of all their pairs."""


@final
class Graph(Cached):
    """Softmax of a · LeakyReLU(q + k) over the edges that the mask gives, with a learned vector a per head.

    Use it where the edges are known, as in molecules and citations.

    Without edges every node reads all. As the bend comes before a, and not behind it as in the first graph
    attention network (Velickovic et al. 2018, arXiv 1710.10903), which keys rank high depends on the query.
    In the paper values are the keys themselves; here they have a projection of their own.

    slope: of the leaky ReLU below 0. At 1 nothing bends, and every query ranks the keys alike.
    """

    traits = replace(
        Traits.of_scores(
            source="Brody et al. 2022, arXiv 2105.14491, eq. 7",
            mass="exactly 1",
            rotary=False,
            ties=(Tie("uniform", "a = 0"),),
        ),
        stochastic=True,
    )

    def __init__(self, size: Size, *, slope: float = SLOPE) -> None:
        super().__init__(size)
        self.require(0 <= slope <= 1, f"slope must be from 0 to 1, not {slope}.")
        self.slope = slope
        self.vector = nn.Parameter(nn.init.xavier_uniform_(torch.empty(size.h, size.d)).unsqueeze(1))

    def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        return self.weights(streams, mask) @ per_head(mask.readable(streams.v), self.size.h)

    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        return safe_softmax(masked_scores(self._scores(streams, mask), mask), mask).to(streams.v.dtype)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        """Every pair is scored, whatever the mask hides."""
        h, d, e = self.size.h, self.size.d, self.size.e
        # two distances of subtract, absolute, add; their sum; maximum, subtract, exp, sum, divide
        per_pair = 6 * d + 10
        return Cost(
            matmul_flops=2 * h * n * m * e,
            other_flops=h * (per_pair * n * m + 4 * (n + m) * d),
            state_numbers=self.cached_numbers(m),
        )

    def _scores(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        """LeakyReLU(x) is a share of x and a share of |x|: of |q + k| sums are distances between q and -k.

        So no tensor of n x m x d is made. Features that a counts positive and negative have a distance each.
        """
        with without_autocast(streams.q.device):
            q, k = widen(streams.q), widen(per_head(mask.readable(streams.k), self.size.h))
            a = widen(self.vector)
            straight = (q * a).sum(-1, keepdim=True) + (k * a).sum(-1).unsqueeze(2)
            bent = _sums(q, k, a.relu()) - _sums(q, k, (-a).relu())
            return (1 + self.slope) / 2 * straight + (1 - self.slope) / 2 * bent

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls._times(size, factor), _at_no_query) for factor in (1.0, 0.1, 0.0)]

    @classmethod
    def _times(cls, size: Size, factor: float) -> Self:
        mechanism = cls(size)
        nn.init.constant_(mechanism.vector, factor)
        return mechanism


def _sums(q: Tensor, k: Tensor, a: Tensor) -> Float[Tensor, "b h n m"]:
    """Of a |q + k| over the features, where no a is negative."""
    queries, keys = q * a, -k * a
    if q.shape[2] <= BLOCK:
        return torch.cdist(queries, keys, p=1)
    return torch.cat([torch.cdist(each, keys, p=1) for each in torch.split(queries, BLOCK, 2)], 2)


def _at_no_query(streams: Streams[Tensor]) -> Any:
    """The same streams with queries of 0: those of what reads no query have no features."""
    return streams.replace(q=torch.zeros_like(streams.k))
