"""Gated attention: what a query has read passes a gate that the query itself opens."""

from collections.abc import Sequence
from typing import Self, final

from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.cache import Cache, empty_cache, grown
from regard.attention.cost import Cost
from regard.attention.fused import fused_attention
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.size import Size
from regard.attention.traits import Traits

INITIAL_DEVIATION = 0.02
"""Of the gate's weights: every gate starts near one half, where a sigmoid's gradient is largest."""

WIDE_OPEN = 30.0
"""A bias at which sigmoid is 1 in float32."""


@final
class Gated(Mechanism):
    """Softmax attention times sigmoid(W q + b), element by element, where q holds the queries of all heads.

    The paper computes the gate from the layer's input x. A mechanism sees only q = W_q x, and as W_q is
    square this says no less, unless rotary positions have turned q. There is no matrix of weights: each
    value feature has a gate of its own.
    """

    traits = Traits(
        source="Qiu et al. 2025, arXiv 2505.06708, element-wise gate at position G1",
        time="n^2",
        memory="n",
        causal=True,
        cross=True,
        padding=True,
        edges=True,
        window=True,
        slopes=True,
        streaming=True,
        weights=False,
        stochastic=True,
        limit="gate = 1",
    )

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.gate = nn.Linear(size.heads * size.key_features, size.heads * size.value_features)
        nn.init.normal_(self.gate.weight, std=INITIAL_DEVIATION)
        nn.init.zeros_(self.gate.bias)

    def forward(
        self,
        q: Float[Tensor, "b h n d"],
        k: Float[Tensor, "b h m d"],
        v: Float[Tensor, "b h m e"],
        mask: Mask,
    ) -> Float[Tensor, "b h n e"]:
        merged = q.transpose(1, 2).flatten(2)
        opened = self.gate(merged).sigmoid().unflatten(2, (self.size.heads, -1)).transpose(1, 2)
        return fused_attention(q, k, v, mask) * opened

    def cost(self, n: int, m: int) -> Cost:
        h, d, e = self.size.heads, self.size.key_features, self.size.value_features
        return Cost(
            matmul_flops=2 * h * n * m * (d + e) + 2 * n * h * d * h * e,
            # softmax: scale, maximum, subtract, exp, sum, divide; gate: bias, exp, add 1, divide, multiply
            other_flops=6 * h * n * m + 5 * h * n * e,
            state_numbers=h * m * (d + e),
            parameters=h * d * h * e + h * e,
        )

    def initial_state(self, b: int) -> Cache:
        return empty_cache(self.size, b)

    def step(
        self,
        q: Float[Tensor, "b h d"],
        k: Float[Tensor, "b h d"],
        v: Float[Tensor, "b h e"],
        state: Cache,
    ) -> tuple[Float[Tensor, "b h e"], Cache]:
        state = grown(state, k, v)
        return self.forward(q.unsqueeze(2), *state, Mask()).squeeze(2), state

    @classmethod
    def toward_softmax(cls, size: Size) -> Sequence[Self]:
        biases = (0.0, 3.0, WIDE_OPEN)
        return [cls(size)._opened(bias) for bias in biases]

    def _opened(self, bias: float) -> Self:
        """This mechanism with the same gate everywhere, whatever the query."""
        nn.init.zeros_(self.gate.weight)
        nn.init.constant_(self.gate.bias, bias)
        return self
