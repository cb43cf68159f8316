"""The control that looks at nothing: the mean of whatever may be read."""

from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from regard.attention.bases.recurrent import Recurrent
from regard.attention.cost import Cost
from regard.attention.kernels.scores import readable_count
from regard.attention.mask import Mask
from regard.attention.precision import in_float32
from regard.attention.streams import Streams
from regard.attention.traits import Traits

Sum = tuple[Float[Tensor, "b h _ e"], Float[Tensor, "b 1 _ 1"]]
"""The sum of the values so far, and their number."""


@final
class Uniform(Recurrent):
    """Read every allowed key alike.

    Use it as a control: what does no better has learned nothing about where to look.
    """

    traits = Traits(
        source="control; softmax attention with equal scores",
        time="n",
        memory="n",
        causal=True,
        cross=True,
        padding=True,
        start=True,
        streaming=True,
        mass="exactly 1",
    )

    def streams(self) -> Streams[Any]:
        # of a query only its place matters
        return Streams(q=0, v=self.size.e)

    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        ones = torch.ones_like(streams.v[:, :1, :, :1])
        return streams.replace(v=mask.readable(streams.v), one=mask.readable(ones))

    def empty(self, b: int, e: int, device: torch.device | None = None) -> Sum:
        return torch.zeros(b, self.size.h, 1, e, device=device), torch.zeros(b, 1, 1, 1, device=device)

    def write(self, prepared: Streams[Tensor], memory: Sum) -> Sum:
        total, count = memory
        return total + prepared.v.sum(2, keepdim=True), count + prepared.one.sum(2, keepdim=True)

    def read(self, prepared: Streams[Tensor], memory: Sum) -> Float[Tensor, "b h n e"]:
        return _mean(memory).expand(-1, -1, prepared.q.shape[2], -1)

    def scan(self, prepared: Streams[Tensor], memory: Sum) -> tuple[Float[Tensor, "b h n e"], Sum]:
        n = prepared.q.shape[2]
        # queries behind the last key read all of them
        missing = max(n - prepared.v.shape[2], 0)
        so_far = [pad(x, (0, 0, 0, missing)).cumsum(2)[:, :, :n] for x in (prepared.v, prepared.one)]
        total, count = (past + new for past, new in zip(memory, so_far, strict=True))
        # copied: a view would keep the sums up to all positions alive
        return _mean((total, count)), (total[:, :, -1:].clone(), count[:, :, -1:].clone())

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, e = self.size.h, self.size.e
        # sums of values and of their number; the division
        m = m - mask.start
        read = h * n * e if mask.causal else h * e
        return Cost(matmul_flops=0, other_flops=h * m * (e + 1) + read, state_numbers=self.memory_numbers())

    @in_float32
    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        q, (n, m) = streams.q, (streams.q.shape[2], streams.v.shape[2])
        allowed = mask.allowed(n, m, q.device)
        seen = q.new_ones(1, 1, n, m) if allowed is None else allowed.to(q.dtype)
        mean = seen / readable_count(mask, n, m, q.device).clamp_min(1)
        return mean.expand(*q.shape[:2], n, m)


def _mean(memory: Sum) -> Float[Tensor, "b h _ e"]:
    total, count = memory
    return total / count.clamp_min(1)
