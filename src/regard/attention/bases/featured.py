"""Linear attention: keys are weighed by products of features, through one sum over keys."""

from abc import ABC, abstractmethod
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.recurrent import Recurrent
from regard.attention.cost import Cost
from regard.attention.kernels import prefix
from regard.attention.kernels.prefix import shares, with_mass
from regard.attention.mask import Mask
from regard.attention.precision import in_float32
from regard.attention.streams import Streams

Sums = Float[Tensor, "b h r columns"]
"""Features of keys times values, and in the last column the sum of the features."""


class Featured(Recurrent, ABC):
    """Abstract. A final subclass maps queries and keys to `features` numbers φ, so that φ(q)·φ(k) >= 0.

    A query reads each allowed key in proportion to φ(q)·φ(k). A row whose weights sum to less than `floor`
    is divided by that.
    """

    features: int
    """r, features of a query or a key."""
    floor: float
    """The least mass that a row is divided by."""

    @abstractmethod
    def map_queries(self, q: Float[Tensor, "b h n d"], start: int) -> Float[Tensor, "b h n r"]:
        """φ of queries, the first of which stands at `start`."""

    @abstractmethod
    def map_keys(self, k: Float[Tensor, "b h m d"]) -> Float[Tensor, "b h m r"]:
        """φ of keys, the first of which stands at 0."""

    @abstractmethod
    def mapping_flops(self, n: int, m: int) -> int:
        """Operations of φ for n queries and m keys, for one head."""

    def moving_flops(self) -> int:
        """Operations of `moved`, for one head: here none."""
        return 0

    @final
    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        return Streams(
            q=self.map_queries(streams.q, mask.start),
            k=mask.readable(self.map_keys(mask.readable(streams.k))),
            v=with_mass(mask.readable(streams.v)),
        )

    @final
    def empty(self, b: int, e: int, device: torch.device | None = None) -> Sums:
        return torch.zeros(b, self.size.h, self.features, e + 1, device=device)

    @final
    def write(self, prepared: Streams[Tensor], memory: Sums) -> Sums:
        return prefix.write(memory, prepared.k, prepared.v)

    @final
    def read(self, prepared: Streams[Tensor], memory: Sums) -> Float[Tensor, "b h n e"]:
        return shares(prepared.q @ memory, self.floor)

    @final
    def scan(self, prepared: Streams[Tensor], memory: Sums) -> tuple[Float[Tensor, "b h n e"], Sums]:
        mixed, memory = prefix.read_so_far(prepared.q, prepared.k, prepared.v, memory)
        return shares(mixed, self.floor), memory

    @final
    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, r, e = self.size.h, self.features, self.size.e
        m = m - mask.start
        moving = self.moving_flops() if mask.start else 0
        at_once = 2 * (n + m) * r * (e + 1)
        return Cost(
            matmul_flops=h * (prefix.matmul_flops_so_far(n, r, e + 1) if mask.causal else at_once),
            # and the division
            other_flops=h * (self.mapping_flops(n, m) + n * e + moving),
            state_numbers=self.memory_numbers(),
        )

    @final
    @in_float32
    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        k = self.map_keys(mask.readable(streams.k))
        products = self.map_queries(streams.q, mask.start) @ k.mT
        allowed = mask.allowed(streams.q.shape[2], streams.k.shape[2], products.device)
        if allowed is not None:
            products = products.masked_fill(~allowed, 0)
        return products / products.sum(-1, keepdim=True).clamp_min(self.floor)
