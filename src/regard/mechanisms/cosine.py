"""Cosine attention: keys are weighed by their angle to the query, however long they are."""

import math
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.bases.softmax_read import SoftmaxRead
from regard.attention.mask import Mask
from regard.attention.precision import widen
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Traits

FIRST, SHARPEST = 10.0, 100.0
"""The factor at the start, and the largest that it may become, as in Swin Transformer v2."""

SMALL = 1e-12
"""Added to squared lengths before the division."""


@final
class Cosine(SoftmaxRead):
    """Softmax of τ cos(q, k), where one factor τ is learned for each head, up to 100.

    Use it where the scores of softmax grow in training, as in large vision models: here they are bounded.

    Scores lie between -τ and τ, whatever becomes of the sizes of queries and keys in training.
    """

    traits = Traits.of_scores(
        source="Liu et al. 2021, Swin Transformer v2, arXiv 2111.09883, eq. 2; Henry et al. 2020, "
        "arXiv 2010.04245",
        memory="n",
        mass="exactly 1",
    )

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.log_factor = nn.Parameter(torch.full((size.h, 1, 1), math.log(FIRST)))

    def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        return self.read(self._directions(streams, mask), mask)

    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        return self.softmax_weights(self._directions(streams, mask), mask)

    def further_flops(self, n: int, m: int) -> int:
        # square, add, scale; and the factor
        return (4 * n + 3 * m) * self.size.d

    def _directions(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        factor = widen(self.log_factor).clamp_max(math.log(SHARPEST)).exp() * self.size.temperature
        q, k = _unit(streams.q) * factor, _unit(mask.readable(streams.k))
        return streams.replace(q=q.to(streams.q.dtype), k=k.to(streams.k.dtype))


def _unit(x: Float[Tensor, "b h m d"]) -> Float[Tensor, "b h m d"]:
    """Of length 1, in float32 at least."""
    x = widen(x)
    return x * (x.square().sum(-1, keepdim=True) + SMALL).rsqrt()
