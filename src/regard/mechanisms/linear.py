"""Linear attention: a positive feature map in place of the exponential."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import elu

from regard.attention import prefix
from regard.attention.cost import Cost
from regard.attention.mask import Mask
from regard.attention.precision import in_float32
from regard.attention.prefix import shares, with_mass
from regard.attention.recurrent import Recurrent
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Traits

Sums = Float[Tensor, "b h d columns"]
"""Keys times values, and in the last column the sum of the keys."""


@final
class Linear(Recurrent):
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
        start=True,
        streaming=True,
        mass="exactly 1",
    )

    def __init__(self, size: Size, *, epsilon: float = 1e-6) -> None:
        super().__init__(size)
        self.require(epsilon > 0, f"epsilon must be positive, not {epsilon}.")
        self.epsilon = epsilon

    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        return Streams(
            q=positive(streams.q),
            k=mask.readable(positive(mask.readable(streams.k))),
            v=with_mass(mask.readable(streams.v)),
        )

    def initial_state(self, b: int, device: torch.device | None = None) -> Sums:
        return torch.zeros(b, self.size.h, self.size.d, self.size.e + 1, device=device)

    def write(self, prepared: Streams[Tensor], memory: Sums) -> Sums:
        return prefix.write(memory, prepared.k, prepared.v)

    def read(self, prepared: Streams[Tensor], memory: Sums) -> Float[Tensor, "b h n e"]:
        return shares(prepared.q @ memory, self.epsilon)

    def scan(self, prepared: Streams[Tensor], memory: Sums) -> tuple[Float[Tensor, "b h n e"], Sums]:
        mixed, memory = prefix.read_so_far(prepared.q, prepared.k, prepared.v, memory)
        return shares(mixed, self.epsilon), memory

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e = self.size.h, self.size.d, self.size.e
        m = m - mask.start
        at_once = 2 * (n + m) * d * (e + 1)
        return Cost(
            matmul_flops=h * (prefix.matmul_flops_so_far(n, d, e + 1) if mask.causal else at_once),
            # exp, add and choose per feature; the division
            other_flops=h * (3 * (n + m) * d + n * e),
            state_numbers=self.memory_numbers(),
        )

    @in_float32
    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        products = positive(streams.q) @ positive(mask.readable(streams.k)).mT
        allowed = mask.allowed(streams.q.shape[2], streams.k.shape[2], products.device)
        if allowed is not None:
            products = products.masked_fill(~allowed, 0)
        return products / products.sum(-1, keepdim=True).clamp_min(self.epsilon)


def positive(x: Float[Tensor, "*any d"]) -> Float[Tensor, "*any d"]:
    """φ of eq. 7."""
    return elu(x) + 1
