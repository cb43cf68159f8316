import pytest
import torch

from regard.attention import Grid
from regard.attention.kernels.tiles import Tiles

CASES = [
    (Grid(height, width), side, moved)
    for height, width in ((4, 6), (5, 3), (1, 7))
    for side in (1, 2, 3, 10)
    for moved in (False, True)
]


@pytest.mark.parametrize(("grid", "side", "moved"), CASES)
def test_cut_and_joined_again_everything_is_where_it_was(grid, side, moved):
    x, tiles = torch.randn(2, 3, grid.height, grid.width, 4), Tiles(grid, side, moved)

    assert torch.equal(tiles.joined(tiles.cut(x)), x.flatten(2, 3))
    assert tiles.cut(x).shape[2:4] == (tiles.counts[0] * tiles.counts[1], tiles.inside)


@pytest.mark.parametrize(("grid", "side", "moved"), CASES)
def test_pairs_that_share_a_tile_are_those_within_tiles_and_have_one_entry_for_each_offset(grid, side, moved):
    tiles, n = Tiles(grid, side, moved), grid.height * grid.width
    number = torch.arange(1.0, n + 1).reshape(1, 1, grid.height, grid.width, 1)
    table = torch.randn(1, tiles.offsets)
    within = table[0, tiles.within(number.device)]

    shared = torch.full((n, n), -torch.inf)
    for tile in tiles.cut(number).reshape(-1, tiles.inside):
        for i, one in enumerate(tile.long().tolist()):
            for j, other in enumerate(tile.long().tolist()):
                if one and other:
                    shared[one - 1, other - 1] = within[i, j]

    assert torch.equal(tiles.shared(table)[0], shared)


def test_moved_borders_lie_half_a_side_farther():
    number = torch.arange(1.0, 9).reshape(1, 1, 1, 8, 1)

    assert Tiles(Grid(1, 8), 4).cut(number).flatten(2).tolist() == [[[1, 2, 3, 4, 5, 6, 7, 8]]]
    assert Tiles(Grid(1, 8), 4, moved=True).cut(number).flatten(2).tolist() == [
        [[0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0]]
    ]


def test_offsets_have_numbers_from_0_on():
    tiles = Tiles(Grid(9, 9), 3)

    assert sorted(tiles.within(torch.device("cpu")).unique().tolist()) == list(range(tiles.offsets))
