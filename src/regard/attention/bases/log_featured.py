"""Linear attention by positive features that are kept as logarithms: exact at any scale of q and k."""

from abc import ABC, abstractmethod
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.recurrent import Recurrent
from regard.attention.cost import Cost
from regard.attention.kernels import log_prefix
from regard.attention.kernels.log_prefix import HIDDEN, LEAST, Sums
from regard.attention.kernels.prefix import shares, with_mass
from regard.attention.kernels.scores import safe_softmax
from regard.attention.mask import Mask
from regard.attention.precision import in_float32
from regard.attention.streams import Streams

LEAST_MASS = 0.5
"""Between the mass of a row that reads nothing, 0, and the least of all others, 1."""

GROUP = 32
"""Features that the dense weights take at once: all of them would be n m r numbers."""


class LogFeatured(Recurrent, ABC):
    """Abstract. A final subclass gives the logs of `features` positive numbers φ of queries and of keys.

    A query reads each allowed key in proportion to φ(q)·φ(k). Features are rescaled by running maxima of the
    keys that may be read: blind to later keys, padding and other examples.
    """

    features: int
    """r, features of a query or a key."""

    @abstractmethod
    def map_queries(self, q: Float[Tensor, "b h n d"]) -> Float[Tensor, "b h n r"]:
        """log φ of queries; what is the same for all features may be left out."""

    @abstractmethod
    def map_keys(self, k: Float[Tensor, "b h m d"]) -> Float[Tensor, "b h m r"]:
        """log φ of keys; what is the same for all keys may be left out."""

    @abstractmethod
    def mapping_cost(self, n: int, m: int) -> tuple[int, int]:
        """Operations of φ for n queries and m keys, for one head: of matrix products, and others."""

    @final
    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        a, b = self.map_queries(streams.q), self._mapped_keys(streams, mask)
        v = with_mass(mask.readable(streams.v))
        if mask.keys is not None:
            hidden = ~mask.keys[:, None, :, None]
            b, v = b.masked_fill(hidden, HIDDEN), v.masked_fill(hidden, 0)
        return Streams(q=a, k=b, v=v)

    @final
    def empty(self, b: int, e: int, device: torch.device | None = None) -> Sums:
        h, r = self.size.h, self.features
        top = torch.full((b, h, r), HIDDEN, device=device)
        return Sums(top, torch.zeros(b, h, r, e + 1, device=device))

    @final
    def write(self, prepared: Streams[Tensor], memory: Sums) -> Sums:
        return log_prefix.write(memory, prepared.k, prepared.v)

    @final
    def read(self, prepared: Streams[Tensor], memory: Sums) -> Float[Tensor, "b h n e"]:
        return shares(log_prefix.read(prepared.q, memory), LEAST_MASS)

    @final
    def scan(self, prepared: Streams[Tensor], memory: Sums) -> tuple[Float[Tensor, "b h n e"], Sums]:
        mixed, memory = log_prefix.read_so_far(prepared.q, prepared.k, prepared.v, memory)
        return shares(mixed, LEAST_MASS), memory

    @final
    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, e, r = self.size.h, self.size.e, self.features
        m = m - mask.start
        products, mapping = self.mapping_cost(n, m)
        at_once = 2 * (n + m) * r * (e + 1)
        mixing = log_prefix.matmul_flops_so_far(n, r, e + 1) if mask.causal else at_once
        # maximum, subtract, exp per feature, once for each halving of a chunk and once for the memory
        halvings = max(log_prefix.halvings(n), 1) if mask.causal else 1
        memories = log_prefix.chunk_layout(n)[0] if mask.causal else 1
        adding = halvings * n * (e + 1) if mask.causal else 0
        return Cost(
            matmul_flops=h * (products + mixing),
            # and the memory rescaled and added to; what is read, added and divided
            other_flops=h
            * (mapping + 3 * halvings * (n + m) * r + 2 * memories * r * (e + 1) + adding + n * e),
            state_numbers=self.memory_numbers(),
        )

    @final
    @in_float32
    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        a, b = self.map_queries(streams.q).unsqueeze(3), self._mapped_keys(streams, mask).unsqueeze(2)
        groups = zip(torch.split(a, GROUP, -1), torch.split(b, GROUP, -1), strict=True)
        kernel = torch.stack([(some_a + some_b).logsumexp(-1) for some_a, some_b in groups]).logsumexp(0)
        allowed = mask.allowed(streams.q.shape[2], streams.k.shape[2], kernel.device)
        return safe_softmax(kernel if allowed is None else kernel.masked_fill(~allowed, -torch.inf), mask)

    def _mapped_keys(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h m r"]:
        return self.map_keys(mask.readable(streams.k)).clamp_min(LEAST)
