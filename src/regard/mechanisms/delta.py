"""DeltaNet: a memory that forgets what it is about to overwrite."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import linear, silu

from regard.attention.chunks import layout
from regard.attention.cost import Cost
from regard.attention.delta_rule import Memory, read_so_far, write, write_all
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.precision import in_float32
from regard.attention.size import Size
from regard.attention.traits import Traits

SMALL = 1e-6
"""Added to squared lengths before the division."""


@final
class Delta(Mechanism):
    """Write each value over what the memory holds at its key; read the memory at the query.

    With q and k after SiLU and division by their length, S_t = (I - β_t k_t k_tᵀ) S_{t-1} + β_t k_t v_tᵀ
    and the output is S_tᵀ q_t. The strength is β = sigmoid(W k), with k of all heads before SiLU. The paper
    takes it from the layer's input; a mechanism sees k, which holds as much where its projection is square.
    `negative_eigenvalues` doubles β: a write can then reflect and not only forget (Grazzi et al. 2024).

    Without a causal mask all keys are written in order, and every query reads the last memory.
    """

    traits = Traits(
        source="Yang et al. 2024, arXiv 2406.06484, sections 2.2 and 3; Grazzi et al. 2024, arXiv 2411.12537",
        time="n",
        memory="n",
        causal=True,
        padding=True,
        streaming=True,
        equivariant=False,
    )

    def __init__(self, size: Size, *, negative_eigenvalues: bool = False) -> None:
        super().__init__(size)
        self.largest_strength = 2 if negative_eigenvalues else 1
        self.strength = nn.Linear(size.heads * size.key_features, size.heads, bias=False)
        # small: β starts near the middle of its range for every key
        nn.init.normal_(self.strength.weight, std=0.02)

    @in_float32
    def forward(
        self,
        q: Float[Tensor, "b h n d"],
        k: Float[Tensor, "b h m d"],
        v: Float[Tensor, "b h m e"],
        mask: Mask,
    ) -> Float[Tensor, "b h n e"]:
        k, v = mask.readable(k), mask.readable(v)
        beta = mask.readable(self._strengths(k))
        q, k = unit(q), unit(k)
        return read_so_far(q, k, v, beta) if mask.causal else q @ write_all(k, v, beta)

    def cost(self, n: int, m: int) -> Cost:
        """The form without a causal mask; the causal one adds products of queries within chunks."""
        h, d, e = self.size.heads, self.size.key_features, self.size.value_features
        count, length = layout(m)
        filled = count * length
        within = 2 * h * filled * d * (length + d + e) + 2 * h * count * d * d * e
        return Cost(
            matmul_flops=within + 2 * h * n * d * e + 2 * m * h * d * h,
            # the triangular solution; SiLU and the division by the length; sigmoid
            other_flops=h * (filled * length * (d + e) + 8 * (n + m) * d + 4 * m),
            state_numbers=h * d * e,
            parameters=h * d * h,
        )

    @in_float32
    def weights(
        self, q: Float[Tensor, "b h n d"], k: Float[Tensor, "b h m d"], mask: Mask
    ) -> Float[Tensor, "b h n m"]:
        """What the recurrence makes of the identity in place of the values."""
        k = mask.readable(k)
        beta = mask.readable(self._strengths(k))
        q, k = unit(q), unit(k)
        one_hot = torch.eye(k.shape[2]).to(k)
        memory, rows = torch.zeros_like(k.mT), []
        for i in range(k.shape[2]):
            memory = write(memory, k[:, :, i], one_hot[i], beta[:, :, i])
            rows.append(q[:, :, i : i + 1] @ memory)
        return torch.cat(rows, 2) if mask.causal else q @ memory

    def initial_state(self, b: int) -> Memory:
        h, d, e = self.size.heads, self.size.key_features, self.size.value_features
        return self.strength.weight.new_zeros(b, h, d, e)

    @in_float32
    def step(
        self,
        q: Float[Tensor, "b h d"],
        k: Float[Tensor, "b h d"],
        v: Float[Tensor, "b h e"],
        state: Memory,
    ) -> tuple[Float[Tensor, "b h e"], Memory]:
        beta = self._strengths(k.unsqueeze(2)).squeeze(2)
        state = write(state.to(k), unit(k), v, beta)
        return (unit(q).unsqueeze(-2) @ state).squeeze(-2), state

    def _strengths(self, k: Float[Tensor, "b h m d"]) -> Float[Tensor, "b h m 1"]:
        merged = k.transpose(1, 2).flatten(2)
        return self.largest_strength * linear(merged, self.strength.weight.to(k)).sigmoid().mT.unsqueeze(-1)


def unit(x: Float[Tensor, "*any d"]) -> Float[Tensor, "*any d"]:
    """SiLU, then length 1; near 0, shorter than 1 and smooth, so that a zero key has a finite gradient."""
    x = silu(x)
    return x * (x.square().sum(-1, keepdim=True) + SMALL).rsqrt()
