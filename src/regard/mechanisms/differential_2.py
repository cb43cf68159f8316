"""Differential attention, version 2: each head reads its keys twice, and one of the two counts against."""

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

CLOSED = -200.0
"""A gate at which the second query counts nothing."""


@final
class Differential2(SoftmaxRead):
    """softmax(q1·k / √d) v - λ softmax(q2·k / √d) v, where every query has a λ = sigmoid(W x) of its own.

    Use it as `differential`, with heads of the usual size and without a norm behind them.

    The second query and λ are streams, one λ for each head. Weights sum to 1 - λ, and some are negative.
    """

    traits = Traits.of_scores(
        source="Ye et al. 2026, Differential Transformer V2, github.com/microsoft/unilm; version 1 is "
        "arXiv 2410.05258",
        memory="n",
        rotary=False,
        ties=(Tie("softmax", "λ = 0"),),
    )
    reads = 2

    def streams(self) -> Streams[Any]:
        d, weight = self.size.d, Stream(1, of="queries", init=Init())
        return Streams(q=d, k=d, v=self.size.e, q2=Stream(d, of="queries"), weight=weight)

    def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        first, second = self.read(streams, mask), self.read(streams.replace(q=streams.q2), mask)
        return first - streams.weight.sigmoid() * second

    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        second = self.softmax_weights(streams.replace(q=streams.q2), mask)
        return self.softmax_weights(streams, mask) - streams.weight.sigmoid() * second

    def further_flops(self, n: int, m: int) -> int:
        # weigh and subtract
        return 2 * n * self.size.e

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size), _weighed(by)) for by in (0.0, -5.0, CLOSED)]


def _weighed(by: float) -> Any:
    """The same streams with one gate everywhere."""
    return lambda streams: streams.replace(weight=torch.full_like(streams.weight, by))
