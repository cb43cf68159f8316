"""Exclusive self-attention: what a query reads, without what its own value says already."""

from typing import final

from jaxtyping import Float
from torch import Tensor

from regard.attention.cached import Cached
from regard.attention.cost import Cost
from regard.attention.fused import fused_attention, fused_pairs
from regard.attention.mask import Mask
from regard.attention.precision import widen
from regard.attention.scores import per_head, safe_softmax, wide_scores
from regard.attention.streams import Streams
from regard.attention.traits import Traits

SMALL = 1e-12
"""The least squared length of a value that is divided by."""


@final
class Exclusive(Cached):
    """Softmax attention, from which the part along the query's own value is taken: o - (o·v / v·v) v.

    A causal query that reads only itself gives 0. There is no matrix of weights.
    """

    traits = Traits.of_scores(
        source="Exclusive self-attention 2026, arXiv 2603.09078, XSA", memory="n", weights=False
    ).without("cross", "start")
    forms = ("plain", "fused")

    def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        n, h = streams.q.shape[2], self.size.h
        read, v = widen(self._read(streams, mask)), per_head(mask.readable(streams.v), h)
        own = widen(v[:, :, mask.start : mask.start + n])
        along = (read * own).sum(-1, keepdim=True) / own.square().sum(-1, keepdim=True).clamp_min(SMALL)
        return (read - along * own).to(streams.v.dtype)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, pairs = self.size.h, self.size.d, self.size.e, fused_pairs(mask, n, m)
        return Cost(
            matmul_flops=2 * h * pairs * (d + e),
            # softmax: scale, maximum, subtract, exp, sum, divide; two products and sums, the difference
            other_flops=6 * h * pairs + 6 * h * n * e,
            state_numbers=self.cached_numbers(m),
        )

    def _read(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        if self.form_for(streams.q.shape[2]) == "fused":
            return fused_attention(streams, mask, self.size)
        weights = safe_softmax(wide_scores(streams.q, streams.k, mask, self.size), mask)
        return weights.to(streams.v.dtype) @ per_head(mask.readable(streams.v), self.size.h)
