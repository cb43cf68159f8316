import pytest
import torch
from row_by_row import collecting, counted_matmul_flops, drawn, exponential, read_by_row
from torch.autograd import grad
from torch.testing import assert_close

from regard.attention import Grid, Mask, Size
from regard.core.errors import UnsupportedMask, UnsupportedUse
from regard.mechanisms.axial import Axial
from regard.mechanisms.softmax import Softmax

GRIDS = Grid(4, 5), Grid(3, 4, prefix=2), Grid(1, 7), Grid(7, 1, prefix=1)


def build(grid):
    return Axial(Size(2, 5, 3, length=grid.length, grid=grid))


def by_loops(streams, grid):
    """Along rows, with the prefix; what that gives along columns, the prefix left as it is."""

    def place(i):
        return divmod(i - grid.prefix, grid.width)

    def in_row(i, j):
        return min(i, j) < grid.prefix or place(i)[0] == place(j)[0]

    def in_column(i, j):
        return i == j if min(i, j) < grid.prefix else place(i)[1] == place(j)[1]

    along_rows = read_by_row(streams, Mask(), exponential, in_row)
    return read_by_row(streams.replace(v=along_rows), Mask(), exponential, in_column)


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_each_position_reads_its_column_after_each_has_read_its_row(grid):
    streams, axial = drawn(grid.length), build(grid)

    mixed = axial(streams)

    assert_close(mixed, by_loops(streams, grid))
    assert_close(axial.weights(streams, Mask()) @ streams.v, mixed)


def test_every_position_reads_every_other():
    assert (build(Grid(4, 5)).weights(drawn(20), Mask()) > 0).all()


@pytest.mark.parametrize("prefix", [0, 2])
def test_one_row_is_softmax_attention(prefix):
    streams, axial = drawn(7 + prefix), build(Grid(1, 7, prefix))

    assert_close(axial(streams), Softmax(axial.size)(streams))


def test_gradients_are_those_of_the_dense_matrix():
    streams, axial = collecting(drawn(14)), build(Grid(3, 4, prefix=2))

    fast = grad(axial(streams).square().sum(), [*streams])

    assert_close(fast, grad((axial.weights(streams, Mask()) @ streams.v).square().sum(), [*streams]))


def test_another_number_of_positions_and_hidden_ones_are_refused():
    axial = build(Grid(4, 5))
    with pytest.raises(UnsupportedUse, match="axial was built for a grid of 20 positions, not 19"):
        axial(drawn(19))
    with pytest.raises(UnsupportedMask, match="axial does not support the mask's part 'keys'"):
        axial(drawn(20), Mask(keys=torch.ones(2, 20, dtype=torch.bool)))


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_the_formula_counts_the_products_that_torch_counts(grid):
    axial, n = build(grid), grid.length

    assert axial.cost(n, n).matmul_flops == counted_matmul_flops(axial, n, n)
