"""Linear attention: a positive feature map in place of the exponential."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import elu

from regard.attention.cost import Cost
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.precision import in_float32
from regard.attention.prefix import read_all, read_so_far, shares, with_mass
from regard.attention.size import Size
from regard.attention.traits import Traits

Sums = Float[Tensor, "b h d columns"]
"""Keys times values, and in the last column the sum of the keys."""


@final
class Linear(Mechanism):
    """Read each allowed key in proportion to φ(q)·φ(k), where φ = elu + 1, through one sum over keys.

    `epsilon` is the least mass that a row is divided by: below it (all features near 0) rows sum to less
    than 1.
    """

    traits = Traits(
        source="Katharopoulos et al. 2020, arXiv 2006.16236, eq. 4-7",
        time="n",
        memory="n",
        causal=True,
        cross=True,
        padding=True,
        streaming=True,
        normalized=True,
    )

    def __init__(self, size: Size, *, epsilon: float = 1e-6) -> None:
        super().__init__(size)
        self.require(epsilon > 0, f"epsilon must be positive, not {epsilon}.")
        self.epsilon = epsilon

    @in_float32
    def forward(
        self,
        q: Float[Tensor, "b h n d"],
        k: Float[Tensor, "b h m d"],
        v: Float[Tensor, "b h m e"],
        mask: Mask,
    ) -> Float[Tensor, "b h n e"]:
        k, v = mask.readable(positive(mask.readable(k))), with_mass(mask.readable(v))
        read = read_so_far if mask.causal else read_all
        return shares(read(positive(q), k, v), self.epsilon)

    def cost(self, n: int, m: int) -> Cost:
        """The form without a causal mask; the causal one adds products within chunks."""
        h, d, e = self.size.heads, self.size.key_features, self.size.value_features
        return Cost(
            matmul_flops=2 * h * (n + m) * d * (e + 1),
            # exp, add and choose per feature; the division
            other_flops=h * (3 * (n + m) * d + n * e),
            state_numbers=h * d * (e + 1),
        )

    @in_float32
    def weights(
        self, q: Float[Tensor, "b h n d"], k: Float[Tensor, "b h m d"], mask: Mask
    ) -> Float[Tensor, "b h n m"]:
        products = positive(q) @ positive(mask.readable(k)).mT
        allowed = mask.allowed(q.shape[2], k.shape[2], q.device)
        if allowed is not None:
            products = products.masked_fill(~allowed, 0)
        return products / products.sum(-1, keepdim=True).clamp_min(self.epsilon)

    def initial_state(self, b: int) -> Sums:
        h, d, e = self.size.heads, self.size.key_features, self.size.value_features
        return torch.zeros(b, h, d, e + 1)

    @in_float32
    def step(
        self,
        q: Float[Tensor, "b h d"],
        k: Float[Tensor, "b h d"],
        v: Float[Tensor, "b h e"],
        state: Sums,
    ) -> tuple[Float[Tensor, "b h e"], Sums]:
        state = state.to(k) + positive(k).unsqueeze(-1) * with_mass(v).unsqueeze(-2)
        read = (positive(q).unsqueeze(-2) @ state).squeeze(-2)
        return shares(read, self.epsilon), state


def positive(x: Float[Tensor, "*any d"]) -> Float[Tensor, "*any d"]:
    """φ of eq. 7."""
    return elu(x) + 1
