"""The simple attention free transformer: each feature is a softmax mean over the keys, whatever the query."""

from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.recurrent import Recurrent
from regard.attention.cost import Cost
from regard.attention.kernels import log_prefix
from regard.attention.kernels.log_prefix import HIDDEN, Sums
from regard.attention.kernels.prefix import shares, with_mass
from regard.attention.mask import Mask
from regard.attention.streams import Streams
from regard.attention.traits import Traits

LEAST_MASS = 0.5
"""Between the mass of a row that reads nothing, 0, and the least of all others, 1."""


@final
class AttentionFreeSimple(Recurrent):
    """sigmoid(q_i) ⊙ Σ_j exp(k_j) ⊙ v_j / Σ_j exp(k_j), each feature by itself.

    Use it for long streams with the smallest of states, where nothing has to be looked up by key.

    All queries read the same, one running sum for each feature, and gate what they have read. It is
    `attention_free` without biases of pairs, and so without a longest length.

    Each feature has weights of its own, hence there is no matrix of them.
    """

    traits = Traits(
        source="Zhai et al. 2021, arXiv 2105.14103, section 3.2, AFT-simple",
        time="n",
        memory="n",
        causal=True,
        cross=True,
        padding=True,
        start=True,
        streaming=True,
        weights=False,
    )

    def streams(self) -> Streams[Any]:
        e = self.size.e
        return Streams(q=e, k=e, v=e)

    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        k, v = _by_feature(mask.readable(streams.k)), with_mass(_by_feature(mask.readable(streams.v)))
        if mask.keys is not None:
            hidden = ~mask.keys[:, None, :, None]
            k, v = k.masked_fill(hidden, HIDDEN), v.masked_fill(hidden, 0)
        return Streams(q=streams.q.sigmoid(), k=k, v=v)

    def empty(self, b: int, e: int, device: torch.device | None = None) -> Sums:
        features = self.size.h * e
        top = torch.full((b, features, 1), HIDDEN, device=device)
        return Sums(top, torch.zeros(b, features, 1, 2, device=device))

    def write(self, prepared: Streams[Tensor], memory: Sums) -> Sums:
        return log_prefix.write(memory, prepared.k, prepared.v)

    def read(self, prepared: Streams[Tensor], memory: Sums) -> Float[Tensor, "b h n e"]:
        return self._gated(log_prefix.read(torch.zeros_like(memory.top).unsqueeze(2), memory), prepared.q)

    def scan(self, prepared: Streams[Tensor], memory: Sums) -> tuple[Float[Tensor, "b h n e"], Sums]:
        (b, _, n, _), features = prepared.q.shape, prepared.k.shape[1]
        level = prepared.k.new_zeros(b, features, n, 1)
        read, memory = log_prefix.read_so_far(level, prepared.k, prepared.v, memory)
        return self._gated(read, prepared.q), memory

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        m = m - mask.start
        features, halvings = self.size.h * self.size.e, max(log_prefix.halvings(n), 1)
        products = log_prefix.matmul_flops_so_far(n, 1, 2) if mask.causal else 4 * (m + 1)
        # maximum, subtract, exp and the sum, in each halving of a chunk; the gate and the division
        others = halvings * 5 * (n + m) if mask.causal else 3 * m
        return Cost(
            matmul_flops=features * products,
            other_flops=features * (others + 5 * n),
            state_numbers=self.memory_numbers(),
        )

    def _gated(self, read: Float[Tensor, "b he _ 2"], gate: Float[Tensor, "b h n e"]) -> Tensor:
        """What was read of each feature, as one of several heads' features again."""
        mixed = torch.unflatten(shares(read, LEAST_MASS).squeeze(-1), 1, (self.size.h, self.size.e))
        return gate * mixed.transpose(2, 3)


def _by_feature(x: Float[Tensor, "b h m e"]) -> Float[Tensor, "b he m 1"]:
    """Each feature as a head of its own."""
    return x.transpose(2, 3).flatten(1, 2).unsqueeze(-1)
