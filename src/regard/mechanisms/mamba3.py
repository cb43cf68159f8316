"""Mamba-3: a memory that is written to by the trapezoid rule, and turned as the input says."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, Self, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.bases.recurrent import Recurrent
from regard.attention.cost import Cost
from regard.attention.kernels import decaying_prefix
from regard.attention.kernels.decay_gate import DecayGate
from regard.attention.kernels.decays import HeadDecays
from regard.attention.kernels.last_real import held, last_real
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.precision import widen
from regard.attention.size import Size
from regard.attention.streams import Init, Stream, Streams
from regard.attention.traits import Tie, Traits

ALL = 200.0
"""A stream whose sigmoid is 1."""


class Memory(NamedTuple):
    """The sums, and of the last real position its key as it was turned, its value and its angle."""

    sums: Float[Tensor, "b h d e"]
    k: Float[Tensor, "b h 1 d"]
    v: Float[Tensor, "b h 1 e"]
    angle: Float[Tensor, "b h 1 c"]


@final
class Mamba3(Recurrent):
    """Let the memory decay by a step, and add the key times the value both of this position and of the last.

    Use it for long streams with a small state that has to turn, as in counting and parity.

    S_t = α_t S_{t-1} + (1 - λ_t) Δ_t α_t k_{t-1} v_{t-1}ᵀ + λ_t Δ_t k_t v_tᵀ, where α = exp(-a Δ), and the
    output is S_tᵀ q_t: the trapezoid rule for what state-space duality takes in one piece. The step
    Δ = softplus(W x + bias) and the share λ = sigmoid(W x) are numbers per head. To q and k a learned bias
    is added, then each pair of their features is turned by the sum over all positions so far of
    π tanh(W x) Δ, angles that all heads share but for Δ: such a memory can count modulo 2.

    The skip of the whole layer and its gate are left to the shell. Without a causal mask all keys are
    written in order, and every query reads the last memory.
    """

    traits = Traits(
        source="Lahoti et al. 2026, arXiv 2603.15569, the form of one input and one output",
        time="n",
        memory="n",
        causal=True,
        padding=True,
        streaming=True,
        equivariant=False,
        ties=(Tie("state_space_dual", "the share is all, nothing turns, no biases"),),
    )

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.gate = DecayGate(size.h)
        self.bias_q = nn.Parameter(torch.ones(size.h, 1, size.d))
        self.bias_k = nn.Parameter(torch.ones(size.h, 1, size.d))

    def streams(self) -> Streams[Any]:
        d, each = self.size.d, Stream(1, of="keys", init=Init())
        turn = Stream(d // 2, of="keys", shared=True, init=Init())
        return Streams(q=d, k=d, v=self.size.e, step=each, share=each, turn=turn)

    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        # a hidden key makes no step, and so neither adds, nor fades, nor turns anything
        step = mask.readable(self.gate.steps(mask.readable(streams.step)))
        share = mask.readable(streams.share).sigmoid()
        return Streams(
            q=streams.q + widen(self.bias_q),
            k=mask.readable(streams.k) + widen(self.bias_k),
            v=mask.readable(streams.v),
            now=share * step,
            before=(1 - share) * step,
            g=self.gate.log_decays(step),
            turn=math.pi * mask.readable(streams.turn).tanh() * step,
            real=mask.readable(torch.ones_like(step)),
        )

    def empty(self, b: int, e: int, device: torch.device | None = None) -> Memory:
        h, d = self.size.h, self.size.d
        shapes = (d, e), (1, d), (1, e), (1, d // 2)
        return Memory(*(torch.zeros(b, h, *shape, device=device) for shape in shapes))

    def write(self, prepared: Streams[Tensor], memory: Memory) -> Memory:
        new, after = self._written(prepared, memory)
        sums = decaying_prefix.write(memory.sums, new.k, new.v, prepared.g)
        more = decaying_prefix.write(torch.zeros_like(sums), new.k_before, new.v_before, prepared.g)
        return after._replace(sums=sums + more)

    def read(self, prepared: Streams[Tensor], memory: Memory) -> Float[Tensor, "b h n e"]:
        return _turned(prepared.q, memory.angle) @ memory.sums

    def scan(self, prepared: Streams[Tensor], memory: Memory) -> tuple[Float[Tensor, "b h n e"], Memory]:
        new, after = self._written(prepared, memory)
        q, g = _turned(prepared.q, _angles(prepared, memory)), prepared.g
        mixed, sums = decaying_prefix.read_so_far(q, new.k, new.v, g, memory.sums)
        nothing = torch.zeros_like(sums)
        more, more_sums = decaying_prefix.read_so_far(q, new.k_before, new.v_before, g, nothing)
        return mixed + more, after._replace(sums=sums + more_sums)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e = self.size.h, self.size.d, self.size.e
        m = m - mask.start
        at_once = 2 * decaying_prefix.matmul_flops(m, d, e) + 2 * n * d * e
        so_far = 2 * decaying_prefix.matmul_flops_so_far(n, d, e, HeadDecays)
        decaying = 2 * decaying_prefix.other_flops_so_far(n, d, e, HeadDecays) if mask.causal else 6 * m * d
        # biases and turns; angles, their sines and cosines; the products with the steps
        preparing = 5 * (n + m) * d + 6 * m * d + m * (12 + 2 * e)
        return Cost(
            matmul_flops=h * (so_far if mask.causal and n > 1 else at_once),
            other_flops=h * (decaying + preparing),
            state_numbers=self.memory_numbers(),
        )

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        mechanism = cls(size)
        nn.init.zeros_(mechanism.bias_q)
        nn.init.zeros_(mechanism.bias_k)
        return [Near(mechanism, _one_sided)]

    def _written(self, prepared: Streams[Tensor], memory: Memory) -> tuple[Streams[Tensor], Memory]:
        """Keys and values of each position and of the one before, and what goes on but for the sums."""
        angles, last = _angles(prepared, memory), last_real(prepared.real)
        k, v = _turned(prepared.k, angles), prepared.v
        k_before, k_after = held(memory.k, k, last)
        v_before, v_after = held(memory.v, v, last)
        faded = prepared.g.exp() * prepared.before * v_before
        written = Streams(k=k, v=prepared.now * v, k_before=k_before, v_before=faded)
        return written, Memory(memory.sums, k_after, v_after, angles[:, :, -1:].clone())


def _angles(prepared: Streams[Tensor], memory: Memory) -> Float[Tensor, "b h m c"]:
    return (memory.angle + prepared.turn.cumsum(2)).remainder(2 * math.pi)


def _turned(x: Float[Tensor, "b h n d"], angle: Float[Tensor, "b h #n c"]) -> Float[Tensor, "b h n d"]:
    """Each pair of neighboring features turned by its angle; an odd one at the end stays."""
    paired = 2 * angle.shape[3]
    first, second = x[..., 0:paired:2], x[..., 1:paired:2]
    cos, sin = angle.cos(), angle.sin()
    pairs = torch.stack([first * cos - second * sin, first * sin + second * cos], -1)
    return torch.cat([pairs.flatten(3), x[..., paired:]], -1)


def _one_sided(streams: Streams[Tensor]) -> Streams[Tensor]:
    return streams.replace(share=torch.full_like(streams.step, ALL), turn=0 * streams.turn)
