"""Shifted windows: softmax within the tiles of a grid, which move by half a tile in every other layer."""

import math
from collections.abc import Sequence
from typing import Self, final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad

from regard.attention.bases.banded import real_keys
from regard.attention.bases.on_grid import OnGrid
from regard.attention.cost import Cost
from regard.attention.kernels.pieces import behind, read_pieces
from regard.attention.kernels.scores import masked_scores, safe_softmax, scores_of
from regard.attention.kernels.tiles import Tiles
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.precision import widen
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits

SPREAD = 0.02
"""Standard deviation of the biases at the start."""


@final
class Window2d(OnGrid):
    """Softmax within windows of side x side positions, with one learned bias per head and offset.

    Use it on large images whose patches depend on those nearby.

    In layers of odd number all borders move by half a side, so that what two windows have read meets in the
    next layer; at the rim of the grid smaller windows remain (where Swin rolls the grid and hides pairs). A
    grid no larger than a window, in either direction, is not cut that way. The prefix of the grid, such as a
    class token, reads all and is read in every window, without a bias.

    side: positions along a side of a window.
    """

    traits = Traits(
        source="Liu et al. 2021, Swin Transformer, arXiv 2103.14030, section 3.2, eq. 4",
        time="n w",
        memory="n w",
        padding=True,
        rotary=True,
        mass="exactly 1",
        equivariant=False,
        fixed_length=True,
        needs_grid=True,
        stochastic=True,
        ties=(Tie("softmax", "side >= height and width, no bias"),),
    )

    def __init__(self, size: Size, *, side: int = 4) -> None:
        super().__init__(size)
        self.require_positive(side=side)
        self.tiles = Tiles(self.grid, side, moved=size.layer % 2 == 1)
        self.table = nn.Parameter(torch.randn(size.h, self.tiles.offsets) * SPREAD)

    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        k, v, prefix = mask.readable(streams.k), mask.readable(streams.v), self.grid.prefix
        real = real_keys(k, mask)[:, None, :, None]
        bias = widen(self.table)[:, self.tiles.within(k.device)]
        mixed = read_pieces(
            self.tiles.cut(self.on_grid(streams.q)),
            behind(k[:, :, :prefix], self.tiles.cut(self.on_grid(k))),
            behind(v[:, :, :prefix], self.tiles.cut(self.on_grid(v))),
            behind(real[:, :, :prefix], self.tiles.cut(self.on_grid(real))).mT,
            self.size,
            pad(bias, (prefix, 0)).unsqueeze(1),
        )
        scores = masked_scores(scores_of(streams.q[:, :, :prefix], k, self.size), mask)
        return torch.cat([safe_softmax(scores, mask).to(v.dtype) @ v, self.tiles.joined(mixed)], 2)

    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n n"]:
        scores = masked_scores(scores_of(streams.q, mask.readable(streams.k), self.size), mask)
        bias = pad(self.tiles.shared(widen(self.table)), (self.grid.prefix, 0, self.grid.prefix, 0))
        return safe_softmax(scores + bias.to(scores.dtype)).to(streams.v.dtype)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, inside, prefix = self.size.h, self.size.d, self.size.e, self.tiles.inside, self.grid.prefix
        scores = h * (math.prod(self.tiles.counts) * inside * (inside + prefix) + prefix * n)
        return Cost(
            matmul_flops=2 * scores * (d + e),
            # add the bias; maximum, subtract, exp, sum, divide; the scale of q
            other_flops=6 * scores + h * n * d,
            state_numbers=h * m * (d + e),
        )

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        mechanism = cls(size, side=size.length)
        nn.init.zeros_(mechanism.table)
        return [Near(mechanism)]
