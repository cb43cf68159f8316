"""Kimi Delta Attention: the delta rule over a memory whose features each decay at a rate of their own."""

from collections.abc import Sequence
from typing import Any, Self, final

from torch import Tensor

from regard.attention.decay_gate import DecayGate
from regard.attention.decays import FeatureDecays
from regard.attention.erasing import Erasing
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.streams import Init, Stream, Streams
from regard.attention.traits import Tie, Traits
from regard.attention.unit import UNIT_FLOPS, unit


@final
class Kda(Erasing):
    """Let every feature of the memory decay, then write each value over what it still holds at its key.

    S_t = (I - β_t k_t k_tᵀ) diag(exp g_t) S_{t-1} + β_t k_t v_tᵀ and the output is S_tᵀ q_t, with q and k
    after SiLU and division by their length. The strength β = sigmoid(W x) is one number per head, the log
    decay g one for each head and feature of a key. `negative_eigenvalues` doubles β.

    Without a causal mask all keys are written in order, and every query reads the last memory.
    """

    traits = Traits(
        source="Kimi Team 2025, arXiv 2510.26692, eq. 1",
        time="n",
        memory="n",
        causal=True,
        padding=True,
        streaming=True,
        equivariant=False,
        ties=(Tie("gated_delta", "one decay for all features"),),
    )

    kind = FeatureDecays

    def __init__(self, size: Size, *, negative_eigenvalues: bool = False) -> None:
        super().__init__(size)
        self.largest_strength = 2 if negative_eigenvalues else 1
        self.gate = DecayGate(size.h, size.d)

    def streams(self) -> Streams[Any]:
        beta, decay = Stream(1, of="keys", init=Init()), Stream(self.size.d, of="keys", init=Init())
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e, beta=beta, decay=decay)

    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        k = unit(mask.readable(streams.k))
        # a hidden key neither erases nor fades anything: at 0 both gates are half open
        beta = mask.readable(self.largest_strength * mask.readable(streams.beta).sigmoid())
        g = mask.readable(self.gate(mask.readable(streams.decay)))
        return Streams(q=unit(streams.q), k=k, v=beta * mask.readable(streams.v), p=beta * k, g=g)

    def preparing_flops(self, n: int, m: int) -> int:
        # two gates; the products with the strength
        return UNIT_FLOPS * (n + m) * self.size.d + (10 + self.size.d + self.size.e) * m

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        mechanism = cls(size)
        mechanism.gate.copy(DecayGate(size.h))
        return [Near(mechanism, _of_all_features)]


def _of_all_features(streams: Streams[Tensor]) -> Streams[Tensor]:
    """The same streams with one decay for all features of a key."""
    return streams.replace(decay=streams.decay.expand_as(streams.k))
