"""Cosine attention: keys are weighed by their angle to the query, however long they are."""

import math
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.mask import Mask
from regard.attention.precision import widen
from regard.attention.scored import Scored
from regard.attention.scores import safe_softmax, wide_scores
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Traits

FIRST, SHARPEST = 10.0, 100.0
"""The factor at the start, and the largest that it may become, as in Swin Transformer v2."""

SMALL = 1e-12
"""Added to squared lengths before the division."""


@final
class Cosine(Scored):
    """Softmax of τ cos(q, k), where one factor τ is learned for each head, up to 100.

    Scores lie between -τ and τ, whatever becomes of the sizes of queries and keys in training.
    """

    traits = Traits.of_scores(
        source="Liu et al. 2021, Swin Transformer v2, arXiv 2111.09883, eq. 2; Henry et al. 2020, "
        "arXiv 2010.04245",
        mass="exactly 1",
    )

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.log_factor = nn.Parameter(torch.full((size.h, 1, 1), math.log(FIRST)))

    def score(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        factor = widen(self.log_factor).clamp_max(math.log(SHARPEST)).exp()
        q = _unit(streams.q) * factor * self.size.temperature
        return wide_scores(q, _unit(mask.readable(streams.k)), mask, self.size)

    def normalize(self, scores: Float[Tensor, "b h n m"], mask: Mask) -> Float[Tensor, "b h n m"]:
        return safe_softmax(scores, mask)

    def flops_per_score(self, m: int) -> int:
        # maximum, subtract, exp, sum, divide
        return 5

    def preparing_flops(self, n: int, m: int) -> int:
        # square, add, scale; and the factor
        return (4 * n + 3 * m) * self.size.d


def _unit(x: Float[Tensor, "b h m d"]) -> Float[Tensor, "b h m d"]:
    """Of length 1, in float32 at least."""
    x = widen(x)
    return x * (x.square().sum(-1, keepdim=True) + SMALL).rsqrt()
