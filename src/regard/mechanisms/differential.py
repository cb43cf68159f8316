"""Differential attention: what two softmax maps read in common is taken away."""

import math
from dataclasses import replace
from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import rms_norm

from regard.attention.bases.softmax_read import SoftmaxRead
from regard.attention.mask import Mask
from regard.attention.precision import widen
from regard.attention.size import Size
from regard.attention.streams import Stream, Streams
from regard.attention.traits import Traits

SPREAD = 0.1
"""Standard deviation of the four vectors at the start."""

SMALL = 1e-5
"""Added to the mean square before the division."""


@final
class Differential(SoftmaxRead):
    """(1 - λ₀) RMSNorm(softmax(q1·k1 / √d) v - λ softmax(q2·k2 / √d) v): noise that both maps read cancels.

    Use it to find few facts in much noise, with half as many heads of twice the values.

    One λ = exp(a1·b1) - exp(a2·b2) + λ₀ is learned for all heads, from about λ₀ = 0.8 - 0.6 exp(-0.3 l) on,
    where l counts the layers from 0; so are the gains of the norm, one for each feature of a value. The
    second queries and keys are streams of their own, so a head has twice as many as one of softmax
    attention. There is no matrix of weights: the norm is not linear in the values.
    """

    traits = replace(
        Traits.of_scores(
            source="Ye et al. 2024, arXiv 2410.05258, eq. 1 to 3", memory="n", weights=False, rotary=False
        ).without("grouped"),
        stochastic=True,
    )
    reads = 2

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.first = 0.8 - 0.6 * math.exp(-0.3 * size.layer)
        self.vectors = nn.Parameter(SPREAD * torch.randn(2, 2, size.d))
        self.gain = nn.Parameter(torch.ones(size.e))

    def streams(self) -> Streams[Any]:
        d = self.size.d
        return Streams(q=d, k=d, v=self.size.e, q2=Stream(d, of="queries"), k2=d)

    def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        q, k, v, q2, k2 = streams
        left = self.read(Streams(q=q, k=k, v=v), mask)
        taken = self.read(Streams(q=q2, k=k2, v=v), mask)
        difference = widen(left) - self.weight() * widen(taken)
        normalized = rms_norm(difference, (self.size.e,), widen(self.gain).to(difference), SMALL)
        return ((1 - self.first) * normalized).to(v.dtype)

    def weight(self) -> Float[Tensor, ""]:
        """λ, by which the second map counts."""
        first, second = widen(self.vectors).prod(1).sum(-1).exp().unbind()
        return first - second + self.first

    def further_flops(self, n: int, m: int) -> int:
        # the second scale of q; weigh, subtract, normalize, multiply
        return n * (self.size.d + 7 * self.size.e)
