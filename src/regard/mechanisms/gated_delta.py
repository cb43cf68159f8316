"""Gated DeltaNet: the delta rule over a memory that decays."""

from collections.abc import Sequence
from typing import Any, Self, final

import torch

from regard.attention.bases.gated_erasing import GatedErasing
from regard.attention.kernels.decay_gate import CLOSED
from regard.attention.kernels.decays import HeadDecays
from regard.attention.kernels.flash_linear import FlashLinear
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.traits import Tie, Traits


@final
class GatedDelta(GatedErasing):
    """Let the memory decay, then write each value over what it still holds at its key.

    Use it for long streams with lookups and with forgetting; the usual choice in hybrid models.

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
    kernel_form = FlashLinear("gated_delta_rule.chunk_gated_delta_rule", per_head=("beta", "g"))

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size), _decaying(by)) for by in (0.0, -5.0, CLOSED)]


def _decaying(by: float) -> Any:
    """The same streams with one stream of the decay everywhere."""
    return lambda streams: streams.replace(decay=torch.full_like(streams.decay, by))
