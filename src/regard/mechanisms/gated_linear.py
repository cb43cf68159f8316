"""Gated linear attention: a memory whose features each decay by the layer's input."""

from collections.abc import Sequence
from typing import Any, Self, final

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from regard.attention.bases.fading import Fading
from regard.attention.kernels.decays import FeatureDecays
from regard.attention.kernels.flash_linear import FlashLinear
from regard.attention.kernels.retention_rates import retention_rates
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.streams import Init, Stream, Streams
from regard.attention.traits import Tie, Traits

SLOWNESS = 16
"""The root that is taken of a gate, so that gates near one half fade slowly (section 4.3)."""


@final
class GatedLinear(Fading):
    """Add each key times its value to a memory that first decays; read the memory at the query.

    Use it for long streams, where each feature of the memory should fade at a rate of its own.

    S_t = diag(α_t) S_{t-1} + k_t v_tᵀ and the output is S_tᵀ q_t / √d, where α = sigmoid(W x)^(1/16) is a
    number for each head and feature of a key.

    Without a causal mask all keys are written in order, and every query reads the last memory.
    """

    traits = Traits(
        source="Yang et al. 2023, arXiv 2312.06635, eq. 3 and section 4.3",
        time="n",
        memory="n",
        causal=True,
        padding=True,
        streaming=True,
        equivariant=False,
        ties=(Tie("retention", "one fixed gate for each head"),),
    )

    kind = FeatureDecays
    kernel_form = FlashLinear("gla.chunk_gla")

    def streams(self) -> Streams[Any]:
        decay = Stream(self.size.d, of="keys", init=Init(bias=0.0))
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e, decay=decay)

    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        return Streams(
            q=streams.q / self.size.temperature,
            k=mask.readable(streams.k),
            v=mask.readable(streams.v),
            # a hidden key fades nothing
            g=mask.readable(logsigmoid(mask.readable(streams.decay)) / SLOWNESS),
        )

    def preparing_flops(self, n: int, m: int) -> int:
        # scale; gate
        return self.size.d * (n + 4 * m)

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        share = (SLOWNESS * retention_rates(size.h)).exp().double()

        def fixed(streams: Streams[Tensor]) -> Streams[Tensor]:
            gate = torch.logit(share).to(streams.k)
            return streams.replace(decay=gate.expand_as(streams.k))

        return [Near(cls(size), fixed)]
