"""Kimi Delta Attention: the delta rule over a memory whose features each decay at a rate of their own."""

from collections.abc import Sequence
from typing import Self, final

from torch import Tensor

from regard.attention.bases.gated_erasing import GatedErasing
from regard.attention.kernels.decay_gate import DecayGate
from regard.attention.kernels.decays import FeatureDecays
from regard.attention.kernels.flash_linear import FlashLinear
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits


@final
class Kda(GatedErasing):
    """Let every feature of the memory decay, then write each value over what it still holds at its key.

    Use it for long streams with lookups, where every feature should fade at a rate of its own.

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
    kernel_form = FlashLinear("kda.chunk_kda", per_head=("beta",))

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        mechanism = cls(size)
        mechanism.gate.copy(DecayGate(size.h))
        return [Near(mechanism, _of_all_features)]


def _of_all_features(streams: Streams[Tensor]) -> Streams[Tensor]:
    """The same streams with one decay for all features of a key."""
    return streams.replace(decay=streams.decay.expand_as(streams.k))
