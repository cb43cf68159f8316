"""A grid cut into tiles of equal size, of which those at the rim may be smaller."""

import math
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float, Int64, Shaped
from torch import Tensor
from torch.nn.functional import pad

from regard.attention.size import Grid


@final
@dataclass(frozen=True)
class Tiles:
    """Tiles of `side` x `side` positions, or as high or wide as the grid where that is less.

    moved: whether all borders lie half a side farther up and left. A grid that is one tile high, or wide, is
        not cut anew that way.
    """

    grid: Grid
    side: int
    moved: bool = False

    @property
    def sides(self) -> tuple[int, int]:
        """Rows and columns of a tile."""
        return min(self.side, self.grid.height), min(self.side, self.grid.width)

    @property
    def inside(self) -> int:
        """Positions in a whole tile."""
        return math.prod(self.sides)

    @property
    def counts(self) -> tuple[int, int]:
        """Tiles one above the other, and side by side."""
        (high, wide), (above, left) = self.sides, self._before
        return math.ceil((self.grid.height + above) / high), math.ceil((self.grid.width + left) / wide)

    def cut(
        self, x: Shaped[Tensor, "b h height width features"]
    ) -> Shaped[Tensor, "b h tile inside features"]:
        """The positions of each tile, row by row; those beyond the rim are zero."""
        (down, across), (high, wide), (above, left) = self.counts, self.sides, self._before
        b, h, height, width, features = x.shape
        below, right = down * high - height - above, across * wide - width - left
        padded = pad(x, (0, 0, left, right, above, below))
        tiles = padded.reshape(b, h, down, high, across, wide, features).transpose(3, 4)
        return tiles.reshape(b, h, down * across, high * wide, features)

    def joined(self, x: Shaped[Tensor, "b h tile inside features"]) -> Shaped[Tensor, "b h rest features"]:
        """The positions of all tiles, row by row of the grid."""
        (down, across), (high, wide), (above, left) = self.counts, self.sides, self._before
        b, h, _, _, features = x.shape
        tiles = x.reshape(b, h, down, across, high, wide, features).transpose(3, 4)
        rows = tiles.reshape(b, h, down * high, across * wide, features)
        return rows[:, :, above : above + self.grid.height, left : left + self.grid.width].flatten(2, 3)

    @property
    def offsets(self) -> int:
        """How many offsets two positions of one tile may have."""
        return math.prod(2 * side - 1 for side in self.sides)

    def offset(self, dy: Int64[Tensor, "*any"], dx: Int64[Tensor, "*any"]) -> Int64[Tensor, "*any"]:
        """The number of an offset, from 0 on, from its rows and columns."""
        high, wide = self.sides
        return (dy + high - 1) * (2 * wide - 1) + dx + wide - 1

    def within(self, device: torch.device) -> Int64[Tensor, "inside inside"]:
        """The numbers of the offsets between the positions of a tile."""
        place = torch.arange(self.inside, device=device)
        y, x = place // self.sides[1], place % self.sides[1]
        return self.offset(y.unsqueeze(1) - y, x.unsqueeze(1) - x)

    def shared(self, table: Float[Tensor, "h offsets"]) -> Float[Tensor, "h rest rest"]:
        """For each pair of positions of the grid the entry of its offset, and -inf if they share no tile."""
        place = torch.arange(self.grid.height * self.grid.width, device=table.device)
        y, x = place // self.grid.width, place % self.grid.width
        (high, wide), (above, left) = self.sides, self._before
        tile = (y + above) // high * self.grid.width + (x + left) // wide
        own = tile == tile.unsqueeze(1)
        offset = self.offset(y.unsqueeze(1) - y, x.unsqueeze(1) - x)
        return table[:, offset.where(own, 0)].masked_fill(~own, -torch.inf)

    @property
    def _before(self) -> tuple[int, int]:
        """Rows and columns of nothing above and left of the grid, by which the first tiles are smaller."""
        high, wide = (side - side // 2 if self.moved else 0 for side in self.sides)
        return high if self.sides[0] < self.grid.height else 0, wide if self.sides[1] < self.grid.width else 0
