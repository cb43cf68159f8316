"""Mechanisms whose memory sums keys times values, and fades: linear attention with decays."""

from abc import ABC, abstractmethod
from typing import ClassVar, final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.recurrent import Recurrent
from regard.attention.cost import Cost
from regard.attention.kernels import decaying_prefix
from regard.attention.kernels.decaying_prefix import Memory
from regard.attention.kernels.decays import Decays, HeadDecays
from regard.attention.mask import Mask
from regard.attention.streams import Streams


class Fading(Recurrent, ABC):
    """Abstract. A final subclass prepares what `decaying_prefix` reads: q, k, v and log decays g."""

    kind: ClassVar[type[Decays]] = HeadDecays
    """What its memory's decays are like."""

    @abstractmethod
    def preparing_flops(self, n: int, m: int) -> int:
        """Operations of `prepare` for n queries and m keys, for one head."""

    @final
    def empty(self, b: int, e: int, device: torch.device | None = None) -> Memory:
        return torch.zeros(b, self.size.h, self.size.d, e, device=device)

    @final
    def write(self, prepared: Streams[Tensor], memory: Memory) -> Memory:
        return decaying_prefix.write(memory, prepared.k, prepared.v, prepared.g)

    @final
    def read(self, prepared: Streams[Tensor], memory: Memory) -> Float[Tensor, "b h n e"]:
        return prepared.q @ memory

    @final
    def scan(self, prepared: Streams[Tensor], memory: Memory) -> tuple[Float[Tensor, "b h n e"], Memory]:
        return decaying_prefix.read_so_far(prepared.q, prepared.k, prepared.v, prepared.g, memory)

    @final
    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e = self.size.h, self.size.d, self.size.e
        m = m - mask.start
        at_once = decaying_prefix.matmul_flops(m, d, e) + 2 * n * d * e
        so_far = decaying_prefix.matmul_flops_so_far(n, d, e, self.kind)
        decaying = decaying_prefix.other_flops_so_far(n, d, e, self.kind) if mask.causal else 3 * m * d
        return Cost(
            matmul_flops=h * (so_far if mask.causal else at_once),
            other_flops=h * (decaying + self.preparing_flops(n, m)),
            state_numbers=self.memory_numbers(),
        )
