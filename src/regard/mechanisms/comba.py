"""Comba: a gated delta rule that erases less than it finds, and subtracts from a query its own key."""

from collections.abc import Sequence
from typing import Self, final

import torch
from torch import Tensor, nn

from regard.attention.bases.gated_erasing import GatedErasing
from regard.attention.kernels.decay_gate import CLOSED
from regard.attention.kernels.decays import HeadDecays
from regard.attention.kernels.flash_linear import FlashLinear
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.precision import widen
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits

CORRECTION = 0.02
"""How much of its own key is subtracted from a query at the start."""


@final
class Comba(GatedErasing):
    """Let the memory decay, take from it a part of what it held at the key before, and add the new value.

    Use it for long streams with lookups, where erasing should be weaker than writing.

    S_t = (exp(g_t) - b β_t k_t k_tᵀ) S_{t-1} + β_t k_t v_tᵀ and the output is S_tᵀ (q_t - d k_t), with q and
    k after SiLU and division by their length. The strength β = sigmoid(W x) and the log decay g are numbers
    per head; each head learns how much it erases, b = sigmoid(a), and the correction d of its queries. Unlike
    in Gated DeltaNet, what is erased has not decayed.

    Without a causal mask all keys are written in order, and every query reads the last memory.
    """

    traits = Traits(
        source="Hu et al. 2025, arXiv 2506.02475, the SPLR form with output correction",
        time="n",
        memory="n",
        causal=True,
        padding=True,
        streaming=True,
        equivariant=False,
        ties=(Tie("delta", "no decay, all erased, no correction"),),
    )

    kind = HeadDecays
    early = True
    kernel_form = FlashLinear("comba.chunk_comba", per_head=("beta", "g"))

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.erased = nn.Parameter(torch.ones(size.h, 1, 1))
        self.correction = nn.Parameter(torch.full((size.h, 1, 1), CORRECTION))

    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        given = super().prepare(streams, mask)
        corrected = given.q - widen(self.correction) * given.k
        return given.replace(q=corrected, p=widen(self.erased).sigmoid() * given.k)

    def preparing_flops(self, n: int, m: int) -> int:
        # the correction; what is erased
        return super().preparing_flops(n, m) + self.size.d * (2 * n + m)

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        mechanism = cls(size)
        nn.init.constant_(mechanism.erased, -CLOSED)
        nn.init.zeros_(mechanism.correction)
        return [Near(mechanism, _without_decay)]


def _without_decay(streams: Streams[Tensor]) -> Streams[Tensor]:
    return streams.replace(decay=torch.full_like(streams.beta, CLOSED))
