import pytest
import torch
from row_by_row import collecting, counted_matmul_flops, drawn, exponential, masks, read_by_row
from torch.autograd import grad
from torch.testing import assert_close

from regard.attention import Bias, Grid, Mask, Size
from regard.core.errors import InvalidOption, UnsupportedUse
from regard.mechanisms.softmax import Softmax
from regard.mechanisms.window_2d import Window2d

GRIDS = Grid(4, 6), Grid(5, 3, prefix=2), Grid(1, 7), Grid(7, 2, prefix=1)


def sized(grid, layer=0):
    return Size(2, 5, 3, length=grid.length, grid=grid, layer=layer, layers=2)


def build(grid, side, layer=0):
    torch.manual_seed(0)
    mechanism = Window2d(sized(grid, layer), side=side).double()
    torch.nn.init.normal_(mechanism.table)
    return mechanism


def windows(length, side, layer):
    """For each row, or column, the number of its window: borders move by half a side in odd layers."""
    if side >= length:
        return [0] * length
    shift = side // 2 if layer % 2 else 0
    return [0 if i < shift else 1 + (i - shift) // side for i in range(length)]


def by_loops(streams, mask, mechanism, side):
    grid, layer = mechanism.grid, mechanism.size.layer
    high, wide = min(side, grid.height), min(side, grid.width)
    of_row, of_column = windows(grid.height, side, layer), windows(grid.width, side, layer)
    bias = torch.zeros(2, grid.length, grid.length, dtype=torch.float64)
    together = set()
    for i in range(grid.length):
        for j in range(grid.length):
            if min(i, j) < grid.prefix:
                together.add((i, j))
                continue
            (y, x), (other_y, other_x) = (divmod(at - grid.prefix, grid.width) for at in (i, j))
            if of_row[y] == of_row[other_y] and of_column[x] == of_column[other_x]:
                together.add((i, j))
                table = mechanism.table.reshape(2, 2 * high - 1, 2 * wide - 1)
                bias[:, i, j] = table[:, y - other_y + high - 1, x - other_x + wide - 1]
    biased = Mask(keys=mask.keys, bias=Bias(dense=bias))
    return read_by_row(streams, biased, exponential, lambda i, j: (i, j) in together)


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("side", [1, 2, 3, 4, 20])
@pytest.mark.parametrize("grid", GRIDS, ids=str)
@pytest.mark.parametrize("part", ["no mask", "keys"])
def test_it_is_softmax_within_windows_that_move_from_layer_to_layer(part, grid, side, layer):
    mechanism = build(grid, side, layer)
    streams = drawn(grid.length, size=sized(grid))
    mask = masks("keys", n=grid.length)[part]

    mixed = mechanism(streams, mask)

    assert_close(mixed, by_loops(streams, mask, mechanism, side))
    assert_close(mechanism.weights(streams, mask) @ streams.v, mixed)


def test_what_one_layer_keeps_apart_the_next_one_joins():
    streams = drawn(16, size=sized(Grid(4, 4)))
    first, second = (build(Grid(4, 4), 2, layer).weights(streams, Mask()) for layer in (0, 1))

    assert (first[:, :, 5, 10] == 0).all()
    assert (second[:, :, 5, 10] > 0).all()


def test_gradients_are_those_of_the_dense_matrix():
    mechanism, streams = build(Grid(5, 3, prefix=2), 2, 1), collecting(drawn(17))
    leaves = [*streams, mechanism.table]

    fast = grad(mechanism(streams).square().sum(), leaves)

    assert_close(fast, grad((mechanism.weights(streams, Mask()) @ streams.v).square().sum(), leaves))


def test_one_window_over_all_is_softmax_attention_with_a_bias_and_without_one_plain():
    size, streams = sized(Grid(4, 6)), drawn(24)
    near = Window2d.toward("softmax", size)[-1].mechanism.double()

    assert_close(near(streams), Softmax(size)(streams))
    assert not torch.allclose(build(Grid(4, 6), 24)(streams), Softmax(size)(streams))


def test_another_number_of_positions_is_refused():
    with pytest.raises(UnsupportedUse, match="window_2d was built for a grid of 24 positions, not 23"):
        build(Grid(4, 6), 2)(drawn(23))


def test_a_window_without_a_side_is_refused():
    with pytest.raises(InvalidOption, match="window_2d: side must be at least 1, not 0"):
        Window2d(sized(Grid(4, 6)), side=0)


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_the_formula_counts_the_products_that_torch_counts(grid, layer):
    mechanism = Window2d(sized(grid, layer), side=3)

    assert mechanism.cost(grid.length, grid.length).matmul_flops == counted_matmul_flops(
        mechanism, grid.length, grid.length
    )
