"""Induced attention: a few learned queries read the sequence, and then are read."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.cost import Cost
from regard.attention.kernels.fused import fused_attention
from regard.attention.kernels.scores import safe_softmax, wide_scores
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.precision import in_float32
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Traits


@final
class Induced(Mechanism):
    """Softmax attention over A k and A v, which r learned points have read: A = softmax(I kT / √d).

    Use it on sets and large inputs that a few learned points can summarize.

    The points I are learned for each head, from N(0, 1) on. What they read is a mixture of the sequence's
    keys and values: of the induced set attention block this is the attention, where the second block projects
    as the first does, without residuals and feed-forward parts. The latents of Perceiver read alike.

    points: r.
    """

    traits = Traits(
        source="Lee et al. 2019, Set Transformer, arXiv 1810.00825, eq. 9-10; Jaegle et al. 2021, "
        "arXiv 2103.03206",
        time="n r",
        memory="n r",
        cross=True,
        padding=True,
        mass="exactly 1",
        stochastic=True,
    )

    def __init__(self, size: Size, *, points: int = 16) -> None:
        super().__init__(size)
        self.require(1 <= points <= 2**16, f"points must be from 1 to {2**16:,}, not {points:,}.")
        self.points = nn.Parameter(torch.randn(size.h, points, size.d))

    # means over all keys, and large scores would show what half precision rounds away of them
    @in_float32
    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        read = self._shares(streams, mask)
        held = Streams(q=streams.q, k=read @ mask.readable(streams.k), v=read @ mask.readable(streams.v))
        return fused_attention(held, Mask(), self.size)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, r = self.size.h, self.size.d, self.size.e, self.points.shape[1]
        return Cost(
            matmul_flops=2 * h * r * (m * (2 * d + e) + n * (d + e)),
            # maximum, subtract, exp, sum, divide; and the scale of queries
            other_flops=h * (5 * r * (m + n) + (r + n) * d),
            state_numbers=h * r * (d + e),
        )

    @in_float32
    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        read = self._shares(streams, mask)
        k = read @ mask.readable(streams.k)
        return safe_softmax(wide_scores(streams.q, k, Mask(), self.size)) @ read

    def _shares(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h r m"]:
        """Of each key in what each point reads; nothing if there is nothing to read."""
        points = self.points.to(streams.k).expand(len(streams.k), -1, -1, -1)
        return safe_softmax(wide_scores(points, streams.k, mask, self.size), mask)
