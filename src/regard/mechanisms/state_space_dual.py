"""State-space duality, the mixing of Mamba-2: a memory that decays and is written to by steps of one size."""

import math
from collections.abc import Sequence
from typing import Any, Self, final

import torch
from torch import Tensor, nn

from regard.attention.bases.fading import Fading
from regard.attention.kernels.decay_gate import DecayGate
from regard.attention.kernels.flash_linear import FlashLinear
from regard.attention.kernels.retention_rates import retention_rates
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.streams import Init, Stream, Streams
from regard.attention.traits import Tie, Traits

ONE = math.log(math.e - 1)
"""Where softplus is 1."""


@final
class StateSpaceDual(Fading):
    """Let the memory decay by a step, add the key times the value times the step, and read it at the query.

    Use it for long streams with a constant memory and few exact lookups.

    S_t = exp(-a Δ_t) S_{t-1} + Δ_t k_t v_tᵀ and the output is S_tᵀ q_t. In the paper's letters q, k and v
    are C, B and x, and a is -A. The step Δ = softplus(W x + bias) is one number per head; a and the bias are
    learned. The skip D x of the whole layer is left to the residual connection.

    Without a causal mask all keys are written in order, and every query reads the last memory.
    """

    traits = Traits(
        source="Dao & Gu 2024, arXiv 2405.21060, eq. 1 with scalar A, and section 7",
        time="n",
        memory="n",
        causal=True,
        padding=True,
        rotary=True,
        streaming=True,
        equivariant=False,
        ties=(Tie("retention", "steps of 1, fixed rates"),),
    )

    kernel_form = FlashLinear("simple_gla.chunk_simple_gla", per_head=("g",))

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.gate = DecayGate(size.h)

    def streams(self) -> Streams[Any]:
        step = Stream(1, of="keys", init=Init())
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e, step=step)

    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        # a hidden key makes no step
        step = mask.readable(self.gate.steps(mask.readable(streams.step)))
        v = step * mask.readable(streams.v)
        return Streams(q=streams.q, k=mask.readable(streams.k), v=v, g=self.gate.log_decays(step))

    def preparing_flops(self, n: int, m: int) -> int:
        # step and decay; the product with the value
        return (6 + self.size.e) * m

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        mechanism = cls(size)
        with torch.no_grad():
            mechanism.gate.log_rate.copy_((-retention_rates(size.h)).log())
        nn.init.zeros_(mechanism.gate.bias)
        return [Near(mechanism, lambda streams: _by_steps_of_one(streams, size))]


def _by_steps_of_one(streams: Streams[Tensor], size: Size) -> Streams[Tensor]:
    """Streams of `retention` as this mechanism reads them."""
    return streams.replace(q=streams.q / size.temperature, step=torch.full_like(streams.k[..., :1], ONE))
