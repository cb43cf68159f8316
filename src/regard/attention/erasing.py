"""Mechanisms whose memory erases what a key has held before it writes the new value: the delta rule."""

from abc import ABC, abstractmethod
from typing import ClassVar, final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention import delta_rule
from regard.attention.cost import Cost
from regard.attention.decays import Decays, NoDecays
from regard.attention.delta_rule import Memory
from regard.attention.mask import Mask
from regard.attention.recurrent import Recurrent
from regard.attention.streams import Streams


class Erasing(Recurrent, ABC):
    """Abstract. A final subclass prepares what `delta_rule` reads: q, k, v, p and, where it decays, g."""

    kind: ClassVar[type[Decays]] = NoDecays
    """What its memory's decays are like."""

    @abstractmethod
    def preparing_flops(self, n: int, m: int) -> int:
        """Operations of `prepare` for n queries and m keys, for one head."""

    @final
    def initial_state(self, b: int, device: torch.device | None = None) -> Memory:
        return torch.zeros(b, self.size.h, self.size.d, self.size.e, device=device)

    @final
    def write(self, prepared: Streams[Tensor], memory: Memory) -> Memory:
        return delta_rule.write(memory, prepared.k, prepared.v, prepared.p, _decay(prepared))

    @final
    def read(self, prepared: Streams[Tensor], memory: Memory) -> Float[Tensor, "b h n e"]:
        return prepared.q @ memory

    @final
    def scan(self, prepared: Streams[Tensor], memory: Memory) -> tuple[Float[Tensor, "b h n e"], Memory]:
        q, k, v, p = prepared.q, prepared.k, prepared.v, prepared.p
        return delta_rule.read_so_far(q, k, v, p, memory, _decay(prepared))

    @final
    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e = self.size.h, self.size.d, self.size.e
        m = m - mask.start
        at_once = delta_rule.matmul_flops(m, d, e, self.kind) + 2 * n * d * e
        so_far = delta_rule.matmul_flops_so_far(n, d, e, self.kind)
        return Cost(
            matmul_flops=h * (so_far if mask.causal else at_once),
            other_flops=h * (delta_rule.other_flops(m, d, e, self.kind) + self.preparing_flops(n, m)),
            state_numbers=self.memory_numbers(),
        )


def _decay(prepared: Streams[Tensor]) -> Tensor | None:
    return prepared.g if "g" in prepared else None
