"""FNet: positions mixed by a Fourier transform, with nothing learned."""

import math
from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.cost import Cost
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.precision import in_float32
from regard.attention.streams import Streams
from regard.attention.traits import Traits


@final
class Fourier(Mechanism):
    """The real part of the Fourier transform over positions and over the features of all heads.

    Use it for encoders of fixed length where speed counts more than the last points.

    Not normalized, as in the paper: with c features in all heads, n positions of variance 1 become
    variance n c / 2, about. The transform mixes heads, hence no head has weights of its own.
    """

    traits = Traits(
        source="Lee-Thorp et al. 2022, arXiv 2105.03824, section 3.2",
        time="n log n",
        memory="n",
        weights=False,
        equivariant=False,
    )

    def streams(self) -> Streams[Any]:
        return Streams(v=self.size.e)

    @in_float32
    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        merged = streams.v.transpose(1, 2).flatten(2)
        mixed = torch.fft.fft2(merged).real
        return mixed.unflatten(2, (self.size.h, self.size.e)).transpose(1, 2)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        c = self.size.h * self.size.e
        # 5 N log2 N for a complex transform of N numbers
        return Cost(matmul_flops=0, other_flops=round(5 * n * c * math.log2(n * c)), state_numbers=m * c)
