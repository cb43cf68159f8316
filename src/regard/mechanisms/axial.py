"""Axial attention: softmax along the rows of a grid, then along its columns."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Self, final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.on_grid import OnGrid
from regard.attention.cost import Cost
from regard.attention.kernels.pieces import behind
from regard.attention.kernels.scores import safe_softmax, scores_of
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.size import Grid, Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits


@final
class Axial(OnGrid):
    """Each position reads its row; then it reads, in its column, what those of the column have read.

    Use it on images too large for attention between all patches.

    So it reads everything in two steps, each a softmax of the same q·k / √d. The prefix of the grid, such as
    a class token, reads all, and is read with every row. No position may be hidden: others are read by way of
    it.
    """

    traits = Traits(
        source="Ho et al. 2019, arXiv 1912.12180, axial attention along rows and along columns",
        time="n sqrt n",
        memory="n sqrt n",
        rotary=True,
        mass="exactly 1",
        equivariant=False,
        fixed_length=True,
        needs_grid=True,
        ties=(Tie("softmax", "one row"),),
    )

    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        q, k, v = (self.on_grid(each) for each in (streams.q, streams.k, streams.v))
        front = streams.map(lambda each: each[:, :, : self.grid.prefix])
        along_rows = self._read(q, behind(front.k, k), behind(front.v, v))
        q, k, passed = (each.transpose(2, 3) for each in (q, k, along_rows))
        mixed = self._read(q, k, passed).transpose(2, 3).flatten(2, 3)
        return torch.cat([self._read(front.q, streams.k, streams.v), mixed], 2)

    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n n"]:
        scores = scores_of(streams.q, streams.k, self.size)
        place = torch.arange(scores.shape[3], device=scores.device) - self.grid.prefix
        row, column, ahead = place // self.grid.width, place % self.grid.width, place < 0
        in_row = (row == row.unsqueeze(1)) | ahead | ahead.unsqueeze(1)
        in_column = (column == column.unsqueeze(1)) & ~ahead & ~ahead.unsqueeze(1)
        along_rows, along_columns = (
            safe_softmax(scores.masked_fill(~reached, -torch.inf)) for reached in (in_row, in_column)
        )
        # what the prefix reads passes through no column
        return ((along_columns + torch.diag(ahead.to(scores.dtype))) @ along_rows).to(streams.v.dtype)

    def _read(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """Softmax attention within each piece."""
        return scores_of(q, k, self.size).softmax(-1).to(v.dtype) @ v

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, grid = self.size.h, self.size.d, self.size.e, self.grid
        scores = h * (grid.height * grid.width * (grid.width + grid.prefix + grid.height) + grid.prefix * n)
        return Cost(
            matmul_flops=2 * scores * (d + e),
            # maximum, subtract, exp, sum, divide; the scale of q, for both
            other_flops=5 * scores + 2 * h * n * d,
            state_numbers=h * m * (d + e),
        )

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(replace(size, grid=Grid(1, size.length))))]
