"""Frequency attention: softmax over the leading Fourier modes of the sequences, not over positions."""

import math
from collections.abc import Sequence
from typing import Self, final

import torch
from jaxtyping import Complex, Float
from torch import Tensor

from regard.attention.cost import Cost
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism, Near
from regard.attention.precision import in_float32
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits


@final
class FourierAttention(Mechanism):
    """softmax(|q̃ k̃ᵀ| / √d) ṽ, where q̃, k̃ and ṽ are the leading modes of q, k and v along positions.

    Use it for smooth signals, whose low frequencies say nearly all.

    What is read, a few modes again, is transformed back: a smooth sequence. So queries meet as much as keys
    do, and no position reads alone. The transforms keep lengths, which makes scores about as large as those
    of softmax attention. The paper draws the modes at random or takes the leading ones; its learned matrix
    for each mode is left out, since the shell projects.

    modes: the number of leading modes, of those that a sequence has (n // 2 + 1).
    """

    traits = Traits(
        source="Zhou et al. 2022, FEDformer, arXiv 2201.12740, section 3.2, FEA-f with softmax",
        time="n log n",
        memory="n",
        equivariant=False,
        ties=(Tie("uniform", "modes = 1"),),
    )

    def __init__(self, size: Size, *, modes: int = 16) -> None:
        super().__init__(size)
        self.require_positive(modes=modes)
        self.modes = modes

    @in_float32
    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        return self._mixed(streams, streams.v)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e = self.size.h, self.size.d, self.size.e
        pairs = min(self.modes, n // 2 + 1) ** 2
        # 5 N log2 N for a complex transform of N numbers, half of that for real ones
        transforms = 2.5 * n * math.log2(n) * 2 * (d + e)
        return Cost(
            matmul_flops=2 * h * pairs * (d + e),
            # the modulus, scaled; maximum, subtract, exp, sum, divide
            other_flops=h * (round(transforms) + 8 * pairs),
            state_numbers=h * m * (d + e),
        )

    @in_float32
    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n n"]:
        k = streams.k
        itself = torch.eye(k.shape[2], dtype=k.dtype, device=k.device)
        return self._mixed(streams, itself.expand(*k.shape[:2], -1, -1))

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        # the relative's queries have no features
        return [Near(cls(size, modes=1), lambda streams: streams.replace(q=streams.k))]

    def _mixed(self, streams: Streams[Tensor], v: Float[Tensor, "b h n e"]) -> Float[Tensor, "b h n e"]:
        q, k = self._leading(streams.q), self._leading(streams.k)
        shares = ((q @ k.mT).abs() / self.size.temperature).softmax(-1)
        mixed = shares.to(q.dtype) @ self._leading(v)
        # modes that are not there count as 0
        return torch.fft.irfft(mixed, streams.q.shape[2], dim=2, norm="ortho")

    def _leading(self, x: Float[Tensor, "b h n d"]) -> Complex[Tensor, "b h modes d"]:
        return torch.fft.rfft(x, dim=2, norm="ortho")[:, :, : self.modes]
