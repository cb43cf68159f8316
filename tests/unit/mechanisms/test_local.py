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

from regard.attention import Grid, Mask, Size
from regard.attention.kernels.band import Band
from regard.core.errors import InvalidOption
from regard.mechanisms.local import Local
from regard.mechanisms.softmax import Softmax

PARTS = "causal", "keys", "window", "segments", "slopes", "table"
ON_A_GRID = Size(heads=2, key_features=5, value_features=3, length=16, grid=Grid(3, 4, prefix=2))


def windowed(streams, mask, window, prefix=0):
    """Softmax over the keys in the window; the first `prefix` positions read all and are read by all."""
    return read_by_row(
        streams, mask, exponential, reads=lambda i, j: abs(i - j) <= window or i < prefix or j < prefix
    )


@pytest.mark.parametrize("n", [1, 2, 7, 12, 13])
@pytest.mark.parametrize("window", [0, 1, 3, 4, 100])
@under(*PARTS)
def test_it_is_softmax_over_a_window(part, window, n):
    streams, mask, near = drawn(n), masks(*PARTS, n=n)[part], Local(SIZE, window=window)

    mixed = near(streams, mask)

    torch.testing.assert_close(mixed, windowed(streams, mask, window))
    torch.testing.assert_close(near.weights(streams, mask) @ streams.v, mixed)


@pytest.mark.parametrize("n", [3, 8, 14])
@pytest.mark.parametrize("window", [0, 1, 4, 100])
@under(*PARTS)
def test_the_prefix_of_a_grid_reads_all_and_is_read_by_all(part, window, n):
    streams, mask, near = drawn(n), masks(*PARTS, n=n)[part], Local(ON_A_GRID, window=window)

    mixed = near(streams, mask)

    torch.testing.assert_close(mixed, windowed(streams, mask, window, prefix=2))
    torch.testing.assert_close(near.weights(streams, mask) @ streams.v, mixed)


def test_a_prefix_that_is_as_near_as_any_other_position_is_caught():
    streams, near = drawn(14), Local(SIZE, window=2)

    assert not torch.allclose(near(streams), windowed(streams, Mask(), 2, prefix=2))


@pytest.mark.parametrize("part", ["causal", *PARTS[1:], "all"])
@pytest.mark.parametrize("window", [0, 3])
def test_behind_a_prefix_any_cut_into_pieces_is_causal_attention_too(window, part):
    near, streams = Local(ON_A_GRID, window=window), drawn(14)
    chosen = PARTS if part == "all" else (part, "causal")
    mask = masks(*chosen, n=14)["all"]

    torch.testing.assert_close(in_pieces(near, streams, [1, 2, 5, 1, 1, 4], mask), near(streams, mask))


@pytest.mark.parametrize("size", [SIZE, ON_A_GRID], ids=["a sequence", "a grid with a prefix"])
def test_gradients_are_those_of_the_dense_matrix(size):
    streams, near, mask = collecting(drawn(13)), Local(size, window=3), masks(*PARTS, n=13)["all"]
    fast = torch.autograd.grad(near(streams, mask).square().sum(), [*streams])
    dense = torch.autograd.grad((near.weights(streams, mask) @ streams.v).square().sum(), [*streams])

    torch.testing.assert_close(fast, dense)


def test_a_window_off_by_one_is_caught(monkeypatch):
    aligned = Band.offsets
    monkeypatch.setattr(Band, "offsets", lambda band, device: aligned(band, device) + 1)
    streams = drawn(13)

    assert not torch.allclose(Local(SIZE, window=3)(streams), windowed(streams, Mask(), 3))


def test_a_window_over_everything_is_softmax_attention():
    streams = drawn(9)

    torch.testing.assert_close(Local(SIZE, window=8)(streams), Softmax(SIZE)(streams))


@pytest.mark.parametrize("window", [0, 3, 100])
@pytest.mark.parametrize("pieces", [[1] * 13, [7, 1, 5], [2, 11]])
@pytest.mark.parametrize("part", ["causal", *PARTS[1:], "all"])
def test_any_cut_into_pieces_is_causal_attention(part, pieces, window):
    near, streams = Local(SIZE, window=window), drawn(13)
    chosen = PARTS if part == "all" else (part, "causal")
    mask = masks(*chosen, n=13)["all"]

    torch.testing.assert_close(in_pieces(near, streams, pieces, mask), near(streams, mask))


def test_the_state_holds_what_the_next_query_reaches_and_no_more():
    near = Local(SIZE, window=3)
    _, state = near.extend(drawn(9), Mask(causal=True), near.initial_state(2))

    assert [part.shape[2] for part in state] == [3, 3, 0, 0]
    assert sum(part[0].numel() for part in state) == near.cost(9, 9).state_numbers


def test_a_query_far_inside_the_padding_gives_zero_and_finite_gradients():
    streams = collecting(drawn(12))
    mixed = Local(SIZE, window=2)(streams, Mask(keys=torch.arange(12).expand(2, 12) < 4))

    assert (mixed[:, :, 6:] == 0).all()
    assert all(slope.isfinite().all() for slope in torch.autograd.grad(mixed.sum(), [*streams]))


def test_a_negative_window_is_refused():
    with pytest.raises(InvalidOption, match="local: window must not be negative, but is -1"):
        Local(SIZE, window=-1)


@pytest.mark.parametrize("mask", [Mask(), Mask(causal=True), Mask(window=2)], ids=["all", "causal", "window"])
@pytest.mark.parametrize(("window", "n"), [(0, 5), (3, 13), (8, 100), (40, 11)])
def test_the_formula_counts_the_products_that_torch_counts(window, n, mask):
    near = Local(SIZE, window=window)

    assert near.cost(n, n, mask).matmul_flops == counted_matmul_flops(near, n, n, mask)


@pytest.mark.parametrize(("window", "n"), [(1, 14), (4, 12), (7, 14)])
def test_the_formula_counts_the_products_behind_a_prefix_too(window, n):
    near = Local(ON_A_GRID, window=window)

    assert near.cost(n, n).matmul_flops == counted_matmul_flops(near, n, n)
