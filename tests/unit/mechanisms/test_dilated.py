import pytest
import torch
from row_by_row import (
    SIZE,
    collecting,
    counted_matmul_flops,
    drawn,
    exponential,
    in_pieces,
    masks,
    read_by_row,
    under,
)
from torch.autograd import grad
from torch.testing import assert_close

from regard.attention import Grid, Mask, Size
from regard.core.errors import InvalidOption
from regard.mechanisms.dilated import Dilated
from regard.mechanisms.local import Local

PARTS = "causal", "keys", "segments", "slopes", "table"
ON_A_GRID = Size(heads=2, key_features=5, value_features=3, length=16, grid=Grid(3, 4, prefix=2))


def by_loops(streams, mask, window, stride, prefix=0):
    def reads(i, j):
        steps, rest = divmod(abs(i - j), stride)
        return (steps <= window and not rest) or i < prefix or j < prefix

    return read_by_row(streams, mask, exponential, reads)


@pytest.mark.parametrize("n", [1, 7, 12])
@pytest.mark.parametrize(("window", "stride"), [(0, 3), (2, 1), (1, 2), (2, 3), (100, 2), (3, 100)])
@under(*PARTS)
def test_it_is_softmax_over_every_step_of_a_window(part, window, stride, n):
    streams, mask, dilated = drawn(n), masks(*PARTS, n=n)[part], Dilated(SIZE, window=window, stride=stride)

    mixed = dilated(streams, mask)

    assert_close(mixed, by_loops(streams, mask, window, stride))
    assert_close(dilated.weights(streams, mask) @ streams.v, mixed)


@under(*PARTS)
def test_the_prefix_of_a_grid_reads_all_and_is_read_by_all(part):
    streams, mask, dilated = drawn(14), masks(*PARTS, n=14)[part], Dilated(ON_A_GRID, window=2)

    mixed = dilated(streams, mask)

    assert_close(mixed, by_loops(streams, mask, 2, 2, prefix=2))
    assert_close(dilated.weights(streams, mask) @ streams.v, mixed)


def test_gradients_are_those_of_the_dense_matrix():
    streams, dilated, mask = (
        collecting(drawn(13)),
        Dilated(SIZE, window=2, stride=3),
        masks(*PARTS, n=13)["all"],
    )

    fast = grad(dilated(streams, mask).square().sum(), [*streams])

    assert_close(fast, grad((dilated.weights(streams, mask) @ streams.v).square().sum(), [*streams]))


def test_behind_the_prefix_of_a_grid_any_cut_is_causal_attention_too():
    streams, dilated, mask = drawn(14), Dilated(ON_A_GRID, window=2), masks("causal", "keys", n=14)["all"]

    assert_close(in_pieces(dilated, streams, [1, 5, 1, 7], mask), dilated(streams, mask))


def test_with_a_stride_of_1_it_is_local_attention():
    streams = drawn(13)

    assert_close(Dilated(SIZE, window=3, stride=1)(streams), Local(SIZE, window=3)(streams))


@pytest.mark.parametrize("mask", [Mask(), Mask(causal=True)], ids=["all", "causal"])
@pytest.mark.parametrize(("window", "stride", "n"), [(0, 2, 5), (3, 2, 13), (8, 3, 100), (40, 2, 11)])
def test_the_formula_counts_the_products_that_torch_counts(window, stride, n, mask):
    dilated = Dilated(SIZE, window=window, stride=stride)

    assert dilated.cost(n, n, mask).matmul_flops == counted_matmul_flops(dilated, n, n, mask)


def test_a_stride_of_0_is_refused():
    with pytest.raises(InvalidOption, match="dilated: stride must be at least 1, not 0"):
        Dilated(SIZE, stride=0)
    with pytest.raises(InvalidOption, match="dilated: window must not be negative, but is -1"):
        Dilated(SIZE, window=-1)


def test_positions_between_two_steps_never_meet():
    streams = drawn(12)
    others = streams.map(lambda each: torch.where(torch.arange(12)[:, None] % 2 == 0, each, -each))

    assert torch.equal(Dilated(SIZE)(streams)[:, :, ::2], Dilated(SIZE)(others)[:, :, ::2])
