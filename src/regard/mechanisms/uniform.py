"""The control that looks at nothing: the mean of whatever may be read."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.cost import Cost
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.precision import in_float32
from regard.attention.scores import readable_count
from regard.attention.traits import Traits

Sum = tuple[Float[Tensor, "b h e"], Float[Tensor, ""]]
"""The sum of the values so far, and their number."""


@final
class Uniform(Mechanism):
    """Read every allowed key alike. What does no better has learned nothing about where to look."""

    traits = Traits(
        source="control; softmax attention with equal scores",
        time="n",
        memory="n",
        causal=True,
        cross=True,
        padding=True,
        streaming=True,
        normalized=True,
        reads=frozenset("v"),
    )

    @in_float32
    def forward(
        self,
        q: Float[Tensor, "b h n d"],
        k: Float[Tensor, "b h m d"],
        v: Float[Tensor, "b h m e"],
        mask: Mask,
    ) -> Float[Tensor, "b h n e"]:
        n, m = q.shape[2], v.shape[2]
        values = mask.readable(v)
        keys = torch.ones(1, m, dtype=torch.bool, device=v.device) if mask.keys is None else mask.keys
        if mask.causal:
            # query i reads the first i + 1 keys, or all of them if there are fewer
            last = torch.arange(n, device=v.device).clamp_max(m - 1)
            total, count = values.cumsum(2)[:, :, last], keys.cumsum(1)[:, last]
        else:
            total, count = values.sum(2, keepdim=True), keys.sum(1, keepdim=True)
        return (total / count.clamp_min(1)[:, None, :, None]).expand(-1, -1, n, -1)

    def cost(self, n: int, m: int) -> Cost:
        h, e = self.size.heads, self.size.value_features
        return Cost(matmul_flops=0, other_flops=h * (m + 1) * e, state_numbers=h * e + 1)

    def weights(
        self, q: Float[Tensor, "b h n d"], k: Float[Tensor, "b h m d"], mask: Mask
    ) -> Float[Tensor, "b h n m"]:
        n, m = q.shape[2], k.shape[2]
        allowed = mask.allowed(n, m, q.device)
        seen = q.new_ones(1, 1, n, m) if allowed is None else allowed.to(q.dtype)
        mean = seen / readable_count(mask, n, m, q.device).clamp_min(1)
        return mean.expand(*q.shape[:2], n, m)

    def initial_state(self, b: int) -> Sum:
        return torch.zeros(b, self.size.heads, self.size.value_features), torch.zeros(())

    @in_float32
    def step(
        self,
        q: Float[Tensor, "b h d"],
        k: Float[Tensor, "b h d"],
        v: Float[Tensor, "b h e"],
        state: Sum,
    ) -> tuple[Float[Tensor, "b h e"], Sum]:
        total, count = state[0].to(v) + v, state[1].to(v) + 1
        return total / count, (total, count)
