"""Mechanisms whose memory erases what a key has held before it writes the new value: the delta rule."""

from abc import ABC, abstractmethod
from typing import ClassVar, final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from regard.attention.bases.recurrent import Recurrent
from regard.attention.cost import Cost
from regard.attention.kernels import delta_rule
from regard.attention.kernels.decays import Decays, NoDecays
from regard.attention.kernels.delta_rule import Memory
from regard.attention.mask import Mask
from regard.attention.streams import Streams


class Erasing(Recurrent, ABC):
    """Abstract. A final subclass prepares q, and that of which `rule` makes what `delta_rule` reads.

    A position may be several steps of the rule: it prepares their features side by side, first step first.
    """

    kind: ClassVar[type[Decays]] = NoDecays
    """What its memory's decays are like."""
    early: ClassVar[bool] = False
    """Whether what is to be erased is read before the decay of the same step."""
    steps: int = 1
    """Steps of the rule at each position."""

    def rule(self, prepared: Streams[Tensor]) -> list[Tensor]:
        """k, v, p and the decays g, if any, as `delta_rule` reads them.

        Here they have these names, and p may be missing where it is k; a strength beta multiplies v and p.
        """
        k, v = prepared.k, prepared.v
        p = prepared.p if "p" in prepared else k
        if "beta" in prepared:
            v, p = prepared.beta * v, prepared.beta * p
        return [k, v, p, prepared.g] if "g" in prepared else [k, v, p]

    @abstractmethod
    def preparing_flops(self, n: int, m: int) -> int:
        """Operations of `prepare` for n queries and m keys, for one head."""

    @final
    def empty(self, b: int, e: int, device: torch.device | None = None) -> Memory:
        return torch.zeros(b, self.size.h, self.size.d, e, device=device)

    @final
    def write(self, prepared: Streams[Tensor], memory: Memory) -> Memory:
        given = self._in_steps(prepared)
        if prepared.k.shape[2] > 1:
            return delta_rule.write(memory, *given, early=self.early)
        for step in zip(*(torch.split(x, 1, 2) for x in given), strict=True):
            memory = delta_rule.write(memory, *step, early=self.early)
        return memory

    @final
    def read(self, prepared: Streams[Tensor], memory: Memory) -> Float[Tensor, "b h n e"]:
        return prepared.q @ memory

    @final
    def scan(self, prepared: Streams[Tensor], memory: Memory) -> tuple[Float[Tensor, "b h n e"], Memory]:
        k, v, p, *decay = self._in_steps(prepared)
        q, last = prepared.q, self.steps - 1
        if last:
            # nothing is read behind the other steps
            q = pad(q.unsqueeze(3), (0, 0, last, 0)).flatten(2, 3)
        mixed, memory = delta_rule.read_so_far(q, k, v, p, memory, *decay, early=self.early)
        return mixed[:, :, last :: self.steps], memory

    @final
    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, steps, kind = self.size.h, self.size.d, self.size.e, self.steps, self.kind
        m = m - mask.start
        if m == 1:
            written = steps * delta_rule.matmul_flops(1, d, e, kind)
        else:
            written = delta_rule.matmul_flops(steps * m, d, e, kind)
        so_far = delta_rule.matmul_flops_so_far(steps * n, d, e, kind)
        return Cost(
            matmul_flops=h * (so_far if mask.causal and n > 1 else written + 2 * n * d * e),
            other_flops=h * (delta_rule.other_flops(steps * m, d, e, kind) + self.preparing_flops(n, m)),
            state_numbers=self.memory_numbers(),
        )

    def _in_steps(self, prepared: Streams[Tensor]) -> list[Tensor]:
        """k, v, p and the decays, with all steps of all positions one after the other."""
        given = self.rule(prepared)
        if self.steps == 1:
            return given
        b, h, m = prepared.k.shape[:3]
        return [x.reshape(b, h, m * self.steps, x.shape[3] // self.steps) for x in given]
