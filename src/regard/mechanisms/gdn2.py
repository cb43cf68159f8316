"""Gated DeltaNet 2: what is erased and what is written have gates of their own, feature by feature."""

from collections.abc import Sequence
from typing import Any, Self, final

from torch import Tensor

from regard.attention.bases.erasing import Erasing
from regard.attention.kernels.decay_gate import DecayGate
from regard.attention.kernels.decays import FeatureDecays
from regard.attention.kernels.flash_linear import FlashLinear
from regard.attention.kernels.unit import UNIT_FLOPS, unit
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.streams import Init, Stream, Streams
from regard.attention.traits import Tie, Traits


@final
class Gdn2(Erasing):
    """Let every feature of the memory decay, erase by one gate at the key, and write by another.

    Use it for long streams with lookups, where erasing and writing should be learned apart.

    S_t = (I - k_t (b_t ∘ k_t)ᵀ) diag(exp g_t) S_{t-1} + k_t (w_t ∘ v_t)ᵀ and the output is S_tᵀ q_t, with q
    and k after SiLU and division by their length. The gates b and w are sigmoids of streams of their own,
    one number for each head and feature of a key and of a value: each feature of the values is mixed by
    weights of its own, so there is no one matrix of them.

    Without a causal mask all keys are written in order, and every query reads the last memory.
    """

    traits = Traits(
        source="Gated DeltaNet 2, 2026, arXiv 2605.22791",
        time="n",
        memory="n",
        causal=True,
        padding=True,
        streaming=True,
        weights=False,
        equivariant=False,
        ties=(Tie("kda", "one strength for both gates"),),
    )
    kind = FeatureDecays
    kernel_form = FlashLinear("gdn2.chunk_gdn2", renamed={"erase": "b", "write": "w"})

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.gate = DecayGate(size.h, size.d)

    def streams(self) -> Streams[Any]:
        d, e = self.size.d, self.size.e
        of_key, of_value = Stream(d, of="keys", init=Init()), Stream(e, of="keys", init=Init())
        return Streams(q=d, k=d, v=e, erase=of_key, write=of_value, decay=of_key)

    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        k = unit(mask.readable(streams.k))
        # a hidden key neither erases nor fades anything: at 0 the gates are half open
        erase = mask.readable(mask.readable(streams.erase).sigmoid())
        write = mask.readable(mask.readable(streams.write).sigmoid())
        g = mask.readable(self.gate(mask.readable(streams.decay)))
        return Streams(q=unit(streams.q), k=k, v=mask.readable(streams.v), erase=erase, write=write, g=g)

    def rule(self, prepared: Streams[Tensor]) -> list[Tensor]:
        k = prepared.k
        return [k, prepared.write * prepared.v, prepared.erase * k, prepared.g]

    def preparing_flops(self, n: int, m: int) -> int:
        # three gates, and the products with two
        return UNIT_FLOPS * (n + m) * self.size.d + m * (10 * self.size.d + 5 * self.size.e)

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size), _of_one_strength)]


def _of_one_strength(streams: Streams[Tensor]) -> Streams[Tensor]:
    """The same streams with one strength for all features of the key and of the value."""
    strength = streams.beta
    return streams.replace(erase=strength.expand_as(streams.k), write=strength.expand_as(streams.v))
