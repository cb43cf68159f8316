"""Softmax attention, by torch's fused kernel."""

from collections.abc import Sequence
from typing import Self, final

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from regard.attention.cache import Cache, empty_cache, grown
from regard.attention.cost import Cost
from regard.attention.fused import fused_attention
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.scores import safe_softmax, scaled_scores
from regard.attention.size import Size
from regard.attention.traits import Traits


@final
class Softmax(Mechanism):
    """Read each allowed key in proportion to exp(q·k / √d)."""

    traits = Traits(
        source="Vaswani et al. 2017, arXiv 1706.03762, eq. 1",
        time="n^2",
        memory="n",
        causal=True,
        cross=True,
        padding=True,
        edges=True,
        window=True,
        slopes=True,
        streaming=True,
        normalized=True,
        limit="always",
    )

    def forward(
        self,
        q: Float[Tensor, "b h n d"],
        k: Float[Tensor, "b h m d"],
        v: Float[Tensor, "b h m e"],
        mask: Mask,
    ) -> Float[Tensor, "b h n e"]:
        return fused_attention(q, k, v, mask)

    def cost(self, n: int, m: int) -> Cost:
        h, d, e = self.size.heads, self.size.key_features, self.size.value_features
        return Cost(
            matmul_flops=2 * h * n * m * (d + e),
            # scale, maximum, subtract, exp, sum, divide
            other_flops=6 * h * n * m,
            state_numbers=h * m * (d + e),
        )

    def weights(
        self, q: Float[Tensor, "b h n d"], k: Float[Tensor, "b h m d"], mask: Mask
    ) -> Float[Tensor, "b h n m"]:
        return safe_softmax(scaled_scores(q, k, mask))

    def initial_state(self, b: int) -> Cache:
        return empty_cache(self.size, b)

    def step(
        self,
        q: Float[Tensor, "b h d"],
        k: Float[Tensor, "b h d"],
        v: Float[Tensor, "b h e"],
        state: Cache,
    ) -> tuple[Float[Tensor, "b h e"], Cache]:
        keys, values = state = grown(state, k, v)
        return scaled_dot_product_attention(q.unsqueeze(2), keys, values).squeeze(2), state

    @classmethod
    def toward_softmax(cls, size: Size) -> Sequence[Self]:
        return [cls(size)]
