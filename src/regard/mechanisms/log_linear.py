"""Log-linear attention: a memory for each power of two of the past, and a share of each for every query."""

import math
from collections.abc import Sequence
from typing import Any, Self, final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import softplus

from regard.attention.bases.recurrent import Recurrent
from regard.attention.cost import Cost
from regard.attention.kernels import leveled_prefix
from regard.attention.kernels.decay_gate import DecayGate
from regard.attention.kernels.leveled_prefix import Sums, level_count
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.streams import Init, Stream, Streams
from regard.attention.traits import Tie, Traits

EVEN = math.log(math.expm1(1))
"""A stream at which a share is 1."""


@final
class LogLinear(Recurrent):
    """State-space duality that reads the near past finely and the far past coarsely.

    Use it for long streams, where one state holds too little and all pairs cost too much.

    The output is the sum over j <= t of λ_t^(l) exp(-a (Δ_(j+1) + ... + Δ_t)) Δ_j (q_t · k_j) v_j, where the
    level l is the number of binary digits of t XOR j: 0 for the position itself, then one level for each
    power of two further back. The share λ = softplus(W x) is a number for each head and level, the step
    Δ = softplus(W x + bias) one for each head, and a is learned. A sequence needs a memory for each level.

    Levels are as many as `Size.length` needs; what lies further back is in the last. Hidden positions do not
    count. Without a causal mask all keys are written in order, and every query reads the last memory.
    """

    traits = Traits(
        source="Guo et al. 2025, arXiv 2506.04761, section 3, with the decays of Mamba-2",
        time="n log n",
        memory="n log n",
        causal=True,
        padding=True,
        rotary=True,
        streaming=True,
        equivariant=False,
        ties=(Tie("state_space_dual", "every share 1"),),
    )

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.gate = DecayGate(size.h)
        self.levels = level_count(size.length)

    def streams(self) -> Streams[Any]:
        step = Stream(1, of="keys", init=Init())
        shares = Stream(level_count(self.size.length), of="queries", init=Init(bias=EVEN))
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e, step=step, shares=shares)

    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        # a hidden key makes no step
        step = mask.readable(self.gate.steps(mask.readable(streams.step)))
        return Streams(
            q=streams.q,
            k=mask.readable(streams.k),
            v=step * mask.readable(streams.v),
            g=self.gate.log_decays(step),
            shares=softplus(streams.shares),
            real=mask.readable(torch.ones_like(step[:, :1])),
        )

    def empty(self, b: int, e: int, device: torch.device | None = None) -> Sums:
        h, d = self.size.h, self.size.d
        levels = torch.zeros(b, h, self.levels, d, e, device=device)
        return Sums(levels, torch.zeros(b, 1, 1, 1, device=device))

    def write(self, prepared: Streams[Tensor], memory: Sums) -> Sums:
        return leveled_prefix.write(memory, prepared.k, prepared.v, prepared.g, prepared.real)

    def read(self, prepared: Streams[Tensor], memory: Sums) -> Float[Tensor, "b h n e"]:
        return leveled_prefix.read(prepared.q, prepared.shares, memory)

    def scan(self, prepared: Streams[Tensor], memory: Sums) -> tuple[Float[Tensor, "b h n e"], Sums]:
        q, k, v, g, shares, real = prepared
        return leveled_prefix.read_so_far(q, k, v, g, shares, real, memory)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, levels = self.size.h, self.size.d, self.size.e, self.levels
        m = m - mask.start
        at_once = leveled_prefix.matmul_flops(m, d, e, levels) + 2 * n * levels * d * e
        so_far = leveled_prefix.matmul_flops_so_far(n, d, e, levels)
        # step and decay, the product with the value; shares
        preparing = (6 + e) * m + n * levels
        return Cost(
            matmul_flops=h * (so_far if mask.causal else at_once),
            other_flops=h * (leveled_prefix.other_flops(m, d, e, levels) + preparing),
            state_numbers=self.memory_numbers(),
        )

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size), _even)]


def _even(streams: Streams[Tensor]) -> Streams[Tensor]:
    return streams.replace(shares=torch.full_like(streams.shares, EVEN))
