"""Gated attention: what a query has read passes a gate that the layer's input opens."""

from collections.abc import Sequence
from typing import Any, Self, final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.cached import Cached
from regard.attention.cost import Cost
from regard.attention.fused import fused_attention, fused_pairs
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.scores import per_head, safe_softmax, wide_scores
from regard.attention.size import Size
from regard.attention.streams import Init, Stream, Streams
from regard.attention.traits import Tie, Traits

WIDE_OPEN = 30.0
"""A gate at which sigmoid is 1 in float32."""


@final
class Gated(Cached):
    """Softmax attention times sigmoid(W x), element by element, where x is the layer's input.

    The gate is a stream of its own, one number for each head and feature of a value. There is no matrix of
    weights: each feature has a gate of its own.
    """

    traits = Traits.of_scores(
        source="Qiu et al. 2025, arXiv 2505.06708, element-wise gate at position G1",
        memory="n",
        weights=False,
        ties=(Tie("softmax", "gate = 1"),),
    )
    forms = ("plain", "fused")

    def streams(self) -> Streams[Any]:
        # small weights: every gate starts near one half, where a sigmoid's gradient is largest
        gate = Stream(self.size.e, of="queries", init=Init(std=0.02))
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e, gate=gate)

    def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        return self._read(streams, mask) * streams.gate.sigmoid()

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, pairs = self.size.h, self.size.d, self.size.e, fused_pairs(mask, n, m)
        return Cost(
            matmul_flops=2 * h * pairs * (d + e),
            # softmax: scale, maximum, subtract, exp, sum, divide; gate: exp, add 1, divide, multiply
            other_flops=6 * h * pairs + 4 * h * n * e,
            state_numbers=self.cached_numbers(m),
        )

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size), _opened(by)) for by in (0.0, 3.0, WIDE_OPEN)]

    def _read(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        if self.form_for(streams.q.shape[2]) == "fused":
            return fused_attention(streams, mask, self.size)
        weights = safe_softmax(wide_scores(streams.q, streams.k, mask, self.size), mask).to(streams.v.dtype)
        return weights @ per_head(mask.readable(streams.v), self.size.h)


def _opened(by: float) -> Any:
    """The same streams with one gate everywhere."""
    return lambda streams: streams.replace(gate=torch.full_like(streams.gate, by))
