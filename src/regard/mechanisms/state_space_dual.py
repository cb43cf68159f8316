"""State-space duality, the mixing of Mamba-2: a memory that decays and is written to by steps of one size."""

from typing import Any, final

from torch import Tensor

from regard.attention.decay_gate import DecayGate
from regard.attention.fading import Fading
from regard.attention.mask import Mask
from regard.attention.size import Size
from regard.attention.streams import Init, Stream, Streams
from regard.attention.traits import Traits


@final
class StateSpaceDual(Fading):
    """Let the memory decay by a step, add the key times the value times the step, and read it at the query.

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
    )

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
