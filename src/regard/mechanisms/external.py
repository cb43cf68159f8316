"""External attention: a small learned memory in place of keys and values, shared by all sequences."""

from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.cost import Cost
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.precision import in_float32
from regard.attention.size import Size
from regard.attention.streams import Stream, Streams
from regard.attention.traits import Traits

HIDDEN = -1e30
"""A score of hidden positions, beside which that of any other is large. Finite, as its differences are."""


@final
class External(Mechanism):
    """Read a memory: Â V, where A = q Kᵀ is normalized twice, over the positions and then over the slots.

    Use it on images, as a small memory that all of them share; no two positions are compared.

    Â_is = softmax_i(A_is) / Σ_s softmax_i(A_is), which is the softmax over slots of A_is - log Σ_i exp A_is:
    computed so, no row is ever empty. Keys K and values V are r slots that are learned, from N(0, 1/d) and
    N(0, 1/r) on, and shared by all heads and sequences.

    Positions meet in the sum over i alone. What a query gets is no mixture of values of the sequence, so
    there is no matrix of weights over positions. A hidden position takes no part, and gets 0.

    slots: r.
    """

    traits = Traits(
        source="Guo et al. 2021, arXiv 2105.02358, sections 3.1-3.3, with double normalization",
        time="n r",
        memory="n r",
        padding=True,
        weights=False,
        stochastic=True,
    )

    def __init__(self, size: Size, *, slots: int = 64) -> None:
        super().__init__(size)
        self.require(1 <= slots <= 2**16, f"slots must be from 1 to {2**16:,}, not {slots:,}.")
        self.keys = nn.Parameter(torch.randn(slots, size.d) * size.d**-0.5)
        self.values = nn.Parameter(torch.randn(slots, size.e) * slots**-0.5)

    def streams(self) -> Streams[Any]:
        # of the keys, since every position is read by all: hidden ones must not be
        return Streams(q=Stream(self.size.d, of="keys"))

    @in_float32
    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        q = mask.readable(streams.q)
        scores = q @ self.keys.to(q).mT
        real = scores if mask.keys is None else scores.masked_fill(~mask.keys[:, None, :, None], HIDDEN)
        shares = (scores - real.logsumexp(2, keepdim=True)).softmax(-1)
        return mask.readable(shares @ self.values.to(q))

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, r = self.size.h, self.size.d, self.size.e, len(self.keys)
        return Cost(
            matmul_flops=2 * h * n * r * (d + e),
            # maximum, subtract, exp, sum; subtract; maximum, subtract, exp, sum, divide
            other_flops=10 * h * n * r,
            state_numbers=h * m * d,
        )
