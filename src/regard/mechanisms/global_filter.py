"""Global filter: a learned factor for each frequency of the sequence, or of the image."""

import math
from collections.abc import Sequence
from typing import Any, Self, final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad

from regard.attention.cost import Cost
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism, Near
from regard.attention.precision import in_float32, widen
from regard.attention.size import Grid, Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits

SMALL = 0.02
"""Standard deviation of the factors at the start, as in the authors' code."""


@final
class GlobalFilter(Mechanism):
    """F⁻¹(K ⊙ F(v)), with F the Fourier transform over positions, and K a learned complex factor.

    Use it on images of one fixed size, to mix all patches at n log n.

    A product of transforms is a convolution around a circle: every feature has its own filter as long as the
    sequence. On a grid F is the transform over both its directions, and positions in front of it keep their
    values. A shorter sequence is filled up with 0, as hidden positions are.
    """

    traits = Traits(
        source="Rao et al. 2021, GFNet, arXiv 2107.00645, section 3.2, global filter layer",
        time="n log n",
        memory="n",
        padding=True,
        weights=False,
        equivariant=False,
        fixed_length=True,
        stochastic=True,
        ties=(Tie("identity", "K = 1"),),
    )

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        # a sequence is a grid of one row
        self.grid = size.grid or Grid(1, size.length)
        shape = size.h, self.grid.height, self.grid.width // 2 + 1, size.e
        # real and imaginary parts, since complex parameters cannot be narrowed
        self.factors = nn.Parameter(SMALL * torch.randn(*shape, 2))

    def streams(self) -> Streams[Any]:
        return Streams(v=self.size.e)

    @in_float32
    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        v, grid = mask.readable(streams.v), self.grid
        front, body = v[:, :, : grid.prefix], v[:, :, grid.prefix :]
        n, places = body.shape[2], grid.height * grid.width
        image = torch.unflatten(pad(body, (0, 0, 0, places - n)), 2, (grid.height, grid.width))
        factors = torch.view_as_complex(widen(self.factors).to(v.dtype))
        spectrum = torch.fft.rfft2(image, dim=(2, 3), norm="ortho") * factors
        filtered = torch.fft.irfft2(spectrum, (grid.height, grid.width), dim=(2, 3), norm="ortho")
        return torch.cat([front, filtered.flatten(2, 3)[:, :, :n]], 2)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, e, places = self.size.h, self.size.e, self.grid.height * self.grid.width
        # 5 N log2 N for a complex transform of N numbers, half of that for real ones; there and back
        transforms = 5 * places * math.log2(max(places, 2))
        return Cost(
            matmul_flops=0,
            # a complex product of half as many numbers
            other_flops=h * e * (round(transforms) + 3 * places),
            state_numbers=h * m * e,
        )

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        open_to_all = cls(size)
        with torch.no_grad():
            open_to_all.factors.copy_(torch.tensor([1.0, 0.0]))
        return [Near(open_to_all)]
