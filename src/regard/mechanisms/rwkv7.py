"""RWKV-7: a memory that decays feature by feature, erased at one key and written to at another."""

import math
from collections.abc import Sequence
from typing import Any, Self, final

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from regard.attention.bases.erasing import Erasing
from regard.attention.kernels.decays import FeatureDecays
from regard.attention.kernels.flash_linear import FlashLinear
from regard.attention.kernels.unit import of_length_one, unit
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.precision import widen
from regard.attention.size import Size
from regard.attention.streams import Init, Stream, Streams
from regard.attention.traits import Tie, Traits

STRONGEST = math.exp(-0.5)
"""The strongest log decay: no feature keeps less than 0.545 of itself."""

SLOWNESS = (-6.5, -1.5)
"""The biases of the decays at the start, evenly spread over a head's features."""

NOTHING = -200.0
"""A stream whose sigmoid is 0."""


@final
class Rwkv7(Erasing):
    """Let every feature of the memory decay, take away at a key what it held there, and add the new value.

    Use it for long streams with lookups in which states must be followed too.

    S_t = diag(w_t) S_{t-1} - (a_t ∘ κ_t)(S_{t-1}ᵀ κ_t)ᵀ + k̃_t v_tᵀ and the output is S_tᵀ q_t. The decay is
    w = exp(-e^(-1/2) sigmoid(W x + bias)) and the rate a = sigmoid(W x), one number each for every head and
    feature of a key. With learned ξ and α for each head and feature, κ is ξ ∘ k at length 1, the key at which
    is erased, and k̃ = k ∘ (1 + α (a - 1)) the one at which is written.

    Of the paper's layer, the norm of each head and the bonus of the own position after it are left out.
    Without a causal mask all keys are written in order, and every query reads the last memory.
    """

    traits = Traits(
        source="Peng et al. 2025, arXiv 2503.14456, section 4.1",
        time="n",
        memory="n",
        causal=True,
        padding=True,
        streaming=True,
        equivariant=False,
        ties=(Tie("delta", "no decay, one rate"), Tie("gated_linear", "nothing erased")),
    )

    kind = FeatureDecays
    early = True
    steps = 2
    kernel_form = FlashLinear(
        "generalized_delta_rule.chunk_dplr_delta_rule", renamed={"found": "a", "taken": "b", "g": "gk"}
    )

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        spread = torch.linspace(*SLOWNESS, size.d) if size.d > 1 else torch.tensor([sum(SLOWNESS) / 2])
        self.bias = nn.Parameter(spread.expand(size.h, 1, size.d).clone())
        self.removed = nn.Parameter(torch.ones(size.h, 1, size.d))
        self.replaced = nn.Parameter(torch.ones(size.h, 1, size.d))

    def streams(self) -> Streams[Any]:
        each = Stream(self.size.d, of="keys", init=Init())
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e, decay=each, rate=each)

    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        k, v = mask.readable(streams.k), mask.readable(streams.v)
        g = mask.readable(-STRONGEST * (mask.readable(streams.decay) + widen(self.bias)).sigmoid())
        rate = mask.readable(streams.rate).sigmoid()
        erased_at = of_length_one(k * widen(self.removed))
        written_at = k * (1 + widen(self.replaced) * (rate - 1))
        return Streams(q=streams.q, k=written_at, v=v, found=-erased_at, taken=rate * erased_at, g=g)

    def rule(self, prepared: Streams[Tensor]) -> list[Tensor]:
        # two steps: all decays and erases; then it writes, and neither decays nor erases
        k, v, g = prepared.k, prepared.v, prepared.g
        return [
            torch.cat([prepared.taken, k], -1),
            torch.cat([torch.zeros_like(v), v], -1),
            torch.cat([-prepared.found, torch.zeros_like(k)], -1),
            torch.cat([g, torch.zeros_like(g)], -1),
        ]

    def preparing_flops(self, n: int, m: int) -> int:
        # decay, rate, length, and the two keys
        return 20 * m * self.size.d

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        mechanism = cls(size)
        nn.init.zeros_(mechanism.replaced)
        if name == "delta":
            return [Near(mechanism, _of_one_rate)]
        nn.init.zeros_(mechanism.bias)
        return [Near(mechanism, lambda streams: _only_added(streams, size))]


def _of_one_rate(streams: Streams[Tensor]) -> Streams[Tensor]:
    """Streams of `delta` as this mechanism reads them."""
    beta, k = streams.beta, unit(streams.k)
    v = beta.sigmoid() * streams.v
    return Streams(q=unit(streams.q), k=k, v=v, decay=torch.full_like(k, NOTHING), rate=beta.expand_as(k))


def _only_added(streams: Streams[Tensor], size: Size) -> Streams[Tensor]:
    """Streams of `gated_linear`, whose decay is the 16th root of a sigmoid, as this mechanism reads them."""
    share = -logsigmoid(streams.decay) / 16 / STRONGEST
    return streams.replace(
        q=streams.q / size.temperature, decay=share.logit(), rate=torch.full_like(streams.k, NOTHING)
    )
