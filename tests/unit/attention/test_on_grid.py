import pytest
import torch
from row_by_row import drawn

from regard.attention import Grid, Size
from regard.core.errors import UnsupportedUse
from regard.mechanisms.axial import Axial


def built(grid):
    return Axial(Size(2, 5, 3, length=grid.length + 4, grid=grid))


def test_positions_lie_row_by_row_behind_the_prefix():
    x = torch.arange(8.0)[None, None, :, None]

    assert built(Grid(2, 3, prefix=2)).on_grid(x)[0, 0, :, :, 0].tolist() == [[2, 3, 4], [5, 6, 7]]


@pytest.mark.parametrize("n", [7, 9])
def test_fewer_or_more_positions_than_the_grid_has_are_refused(n):
    with pytest.raises(UnsupportedUse, match=f"axial was built for a grid of 8 positions, not {n}"):
        built(Grid(2, 3, prefix=2))(drawn(n))


def test_without_a_grid_it_is_refused():
    with pytest.raises(UnsupportedUse, match="axial needs positions on a grid"):
        Axial(Size(2, 5, 3, length=8))
