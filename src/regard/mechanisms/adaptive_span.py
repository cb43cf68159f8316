"""Adaptive attention span: each head learns how far it reads."""

from collections.abc import Sequence
from typing import Self, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.bases.scored import Scored
from regard.attention.kernels.scores import safe_softmax, wide_scores
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.precision import widen
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits

SHORT = -4.0
"""The number that a span starts from, 1/55 of the longest length: a head reads far only if it pays."""

FULL = 40.0
"""One at which the span is the longest length, in float64 as well."""

FAR = 1e-30
"""The least share of a key that is read at all; its logarithm has to be finite."""


@final
class AdaptiveSpan(Scored):
    """Softmax whose weights are multiplied by m(x) = clip((R + z - x) / R, 0, 1) at distance x, then renewed.

    Use it to learn how far each head has to look, and then to cut what lies beyond.

    The span z is learned for each head: keys up to z away are read in full, and those up to z + R less and
    less, which is where its gradient comes from. z = L sigmoid(s) for the longest length L, as the paper has
    it where spans change with the input, so that none gets stuck at either end. Training adds `penalty`
    times the mean span to the loss, so that no head reads farther than pays.

    ramp: R, the keys over which reading fades.
    penalty: λ, for each position of the mean span of the heads.
    """

    traits = Traits.of_scores(
        source="Sukhbaatar et al. 2019, arXiv 1905.07799, section 2.2",
        mass="exactly 1",
        ties=(Tie("softmax", "span >= n"),),
    ).without("cross", "start", "equivariant")

    def __init__(self, size: Size, *, ramp: int = 32, penalty: float = 2e-6) -> None:
        super().__init__(size)
        self.ramp, self.penalty = ramp, penalty
        self.require(ramp >= 1, f"ramp must be at least 1, not {ramp}. Choose the paper's 32.")
        self.require(penalty >= 0, f"penalty must not be negative, but is {penalty}. Choose 0 for none.")
        self.spread = nn.Parameter(torch.full((size.h,), SHORT))

    @property
    def span(self) -> Float[Tensor, " h"]:
        """z of each head, in positions."""
        return self.size.length * widen(self.spread).sigmoid()

    def auxiliary(self) -> Float[Tensor, ""]:
        return self.penalty * self.span.mean()

    def score(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        scores = wide_scores(streams.q, streams.k, mask, self.size)
        distance = mask.offsets(scores.shape[2], scores.shape[3], scores.device).abs()
        share = ((self.ramp + self.span[:, None, None] - distance) / self.ramp).clamp(0, 1)
        return (scores + share.clamp_min(FAR).log().to(scores.dtype)).masked_fill(share <= 0, -torch.inf)

    def normalize(self, scores: Float[Tensor, "b h n m"], mask: Mask) -> Float[Tensor, "b h n m"]:
        return safe_softmax(scores, mask)

    def flops_per_score(self, m: int) -> int:
        # distance, subtract, divide, clip twice, log, add; maximum, subtract, exp, sum, divide
        return 12

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls._reaching(size, spread)) for spread in (SHORT, 0.0, FULL)]

    @classmethod
    def _reaching(cls, size: Size, spread: float) -> Self:
        mechanism = cls(size)
        nn.init.constant_(mechanism.spread, spread)
        return mechanism
