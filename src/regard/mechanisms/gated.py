"""Gated attention: what a query has read passes a gate that the layer's input opens."""

from collections.abc import Sequence
from typing import Any, Self, final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.softmax_read import SoftmaxRead
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.streams import Init, Stream, Streams
from regard.attention.traits import Tie, Traits

WIDE_OPEN = 30.0
"""A gate at which sigmoid is 1 in float32."""


@final
class Gated(SoftmaxRead):
    """Softmax attention times sigmoid(W x), element by element, where x is the layer's input.

    Use it in place of softmax in deep models: a head can say nothing, so that no sink is learned.

    The gate is a stream of its own, one number for each head and feature of a value. There is no matrix of
    weights: each feature has a gate of its own.
    """

    traits = Traits.of_scores(
        source="Qiu et al. 2025, arXiv 2505.06708, element-wise gate at position G1",
        memory="n",
        weights=False,
        ties=(Tie("softmax", "gate = 1"),),
    )

    def streams(self) -> Streams[Any]:
        # small weights: every gate starts near one half, where a sigmoid's gradient is largest
        gate = Stream(self.size.e, of="queries", init=Init(std=0.02))
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e, gate=gate)

    def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        return self.read(streams, mask) * streams.gate.sigmoid()

    def further_flops(self, n: int, m: int) -> int:
        # gate: exp, add 1, divide, multiply
        return 4 * n * self.size.e

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size), _opened(by)) for by in (0.0, 3.0, WIDE_OPEN)]


def _opened(by: float) -> Any:
    """The same streams with one gate everywhere."""
    return lambda streams: streams.replace(gate=torch.full_like(streams.gate, by))
