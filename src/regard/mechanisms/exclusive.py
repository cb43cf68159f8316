"""Exclusive self-attention: what a query reads, without what its own value says already."""

from typing import final

from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.softmax_read import SoftmaxRead
from regard.attention.kernels.scores import per_head
from regard.attention.mask import Mask
from regard.attention.precision import widen
from regard.attention.streams import Streams
from regard.attention.traits import Traits

SMALL = 1e-12
"""The least squared length of a value that is divided by."""


@final
class Exclusive(SoftmaxRead):
    """Softmax attention, from which the part along the query's own value is taken: o - (o·v / v·v) v.

    Use it in place of softmax, since the residual path carries each position's own value already.

    A causal query that reads only itself gives 0. There is no matrix of weights.
    """

    traits = Traits.of_scores(
        source="Exclusive self-attention 2026, arXiv 2603.09078, XSA", memory="n", weights=False
    ).without("cross", "start", "edges", "dense", "reads_itself")

    def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        n, h = streams.q.shape[2], self.size.h
        read, v = widen(self.read(streams, mask)), per_head(mask.readable(streams.v), h)
        own = widen(v[:, :, mask.start : mask.start + n])
        along = (read * own).sum(-1, keepdim=True) / own.square().sum(-1, keepdim=True).clamp_min(SMALL)
        return (read - along * own).to(streams.v.dtype)

    def further_flops(self, n: int, m: int) -> int:
        # two products and sums, the division, the difference
        return 6 * n * self.size.e
