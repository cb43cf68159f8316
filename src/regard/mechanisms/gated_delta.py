"""Gated DeltaNet: the delta rule over a memory that decays."""

from collections.abc import Sequence
from typing import Any, Self, final

import torch
from torch import Tensor

from regard.attention.decay_gate import CLOSED, DecayGate
from regard.attention.decays import HeadDecays
from regard.attention.erasing import Erasing
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.streams import Init, Stream, Streams
from regard.attention.traits import Tie, Traits
from regard.attention.unit import UNIT_FLOPS, unit


@final
class GatedDelta(Erasing):
    """Let the memory decay, then write each value over what it still holds at its key.

    S_t = exp(g_t) (I - β_t k_t k_tᵀ) S_{t-1} + β_t k_t v_tᵀ and the output is S_tᵀ q_t, with q and k after
    SiLU and division by their length. The strength β = sigmoid(W x) and the log decay g are numbers per
    head. `negative_eigenvalues` doubles β.

    Without a causal mask all keys are written in order, and every query reads the last memory.
    """

    traits = Traits(
        source="Yang et al. 2025, arXiv 2412.06464, eq. 10",
        time="n",
        memory="n",
        causal=True,
        padding=True,
        streaming=True,
        equivariant=False,
        ties=(Tie("delta", "no decay"),),
    )

    kind = HeadDecays

    def __init__(self, size: Size, *, negative_eigenvalues: bool = False) -> None:
        super().__init__(size)
        self.largest_strength = 2 if negative_eigenvalues else 1
        self.gate = DecayGate(size.h)

    def streams(self) -> Streams[Any]:
        each = Stream(1, of="keys", init=Init())
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e, beta=each, decay=each)

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
        return [Near(cls(size), _decaying(by)) for by in (0.0, -5.0, CLOSED)]


def _decaying(by: float) -> Any:
    """The same streams with one stream of the decay everywhere."""
    return lambda streams: streams.replace(decay=torch.full_like(streams.decay, by))
