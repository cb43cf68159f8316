"""Softmax attention, by torch's fused kernel."""

from collections.abc import Sequence
from typing import Self, final

from jaxtyping import Float
from torch import Tensor

from regard.attention.cached import Cached
from regard.attention.cost import Cost
from regard.attention.fused import fused_attention, fused_pairs
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.scores import per_head, safe_softmax, wide_scores
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits


@final
class Softmax(Cached):
    """Read each allowed key in proportion to exp(q·k / √d)."""

    traits = Traits.of_scores(
        source="Vaswani et al. 2017, arXiv 1706.03762, eq. 1",
        memory="n",
        normalized=True,
        ties=(Tie("softmax", "always"),),
    )
    forms = ("plain", "fused")

    def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        if self.form_for(streams.q.shape[2]) == "fused":
            return fused_attention(streams, mask, self.size)
        return self.weights(streams, mask) @ per_head(mask.readable(streams.v), self.size.h)

    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        return safe_softmax(wide_scores(streams.q, streams.k, mask, self.size), mask).to(streams.v.dtype)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, pairs = self.size.h, self.size.d, self.size.e, fused_pairs(mask, n, m)
        return Cost(
            matmul_flops=2 * h * pairs * (d + e),
            # scale, maximum, subtract, exp, sum, divide
            other_flops=6 * h * pairs,
            state_numbers=self.cached_numbers(m),
        )

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size))]
