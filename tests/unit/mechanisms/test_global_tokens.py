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
from regard.mechanisms.global_tokens import GlobalTokens
from regard.mechanisms.local import Local

PARTS = "causal", "keys", "window", "slopes", "table"


def by_loops(streams, mask, window, tokens):
    """Example by example: in each the first readable positions are global."""
    out = []
    for b in range(2):
        n = streams.q.shape[2]
        real = torch.ones(n, dtype=torch.bool) if mask.keys is None else mask.keys[b]
        everywhere = {*(real.nonzero().flatten().tolist() + (~real).nonzero().flatten().tolist())[:tokens]}
        mixed = read_by_row(
            streams,
            mask,
            exponential,
            lambda i, j, all=everywhere: abs(i - j) <= window or i in all or j in all,
        )
        out.append(mixed[b])
    return torch.stack(out)


@pytest.mark.parametrize("n", [1, 3, 12])
@pytest.mark.parametrize(("window", "tokens"), [(2, 0), (0, 2), (1, 3), (2, 100), (100, 1)])
@under(*PARTS)
def test_a_few_positions_see_and_are_seen_by_all(part, window, tokens, n):
    streams, mask = drawn(n), masks(*PARTS, n=n)[part]
    mechanism = GlobalTokens(SIZE, window=window, tokens=tokens)

    mixed = mechanism(streams, mask)

    assert_close(mixed, by_loops(streams, mask, window, tokens))
    assert_close(mechanism.weights(streams, mask) @ streams.v, mixed)


def test_they_are_the_first_that_are_readable_however_far_a_sequence_is_padded():
    streams, mechanism = drawn(12), GlobalTokens(SIZE, window=1, tokens=2)
    padded = Mask(keys=(torch.arange(12) >= 4).expand(2, 12))

    alone = mechanism(streams.map(lambda each: each[:, :, 4:]))

    assert_close(mechanism(streams, padded)[:, :, 4:], alone)


def test_gradients_are_those_of_the_dense_matrix():
    streams, mechanism = collecting(drawn(13)), GlobalTokens(SIZE, window=2, tokens=2)
    mask = masks(*PARTS, n=13)["all"]

    fast = grad(mechanism(streams, mask).square().sum(), [*streams])

    assert_close(fast, grad((mechanism.weights(streams, mask) @ streams.v).square().sum(), [*streams]))


@pytest.mark.parametrize("pieces", [[1] * 13, [7, 1, 5], [2, 11]])
@pytest.mark.parametrize(("window", "tokens"), [(0, 3), (2, 2), (1, 20)])
@pytest.mark.parametrize("part", ["causal", *PARTS[1:], "all"])
def test_any_cut_into_pieces_is_causal_attention(part, window, tokens, pieces):
    streams, mechanism = drawn(13), GlobalTokens(SIZE, window=window, tokens=tokens)
    chosen = PARTS if part == "all" else (part, "causal")
    mask = masks(*chosen, n=13)["all"]

    assert_close(in_pieces(mechanism, streams, pieces, mask), mechanism(streams, mask))


def test_tokens_that_become_readable_late_are_global_all_the_same():
    streams, mechanism = drawn(13), GlobalTokens(SIZE, window=1, tokens=3)
    keys = torch.zeros(2, 13, dtype=torch.bool)
    keys[0, [4, 7, 8, 10, 12]] = True
    keys[1, 11:] = True
    mask = Mask(causal=True, keys=keys)

    assert_close(in_pieces(mechanism, streams, [2, 4, 1, 1, 5], mask), mechanism(streams, mask))


def test_the_state_is_as_large_as_the_window_and_the_tokens():
    mechanism = GlobalTokens(SIZE, window=3, tokens=2)
    _, state = mechanism.extend(drawn(12), Mask(causal=True), mechanism.initial_state(2))

    assert [part.shape[2] for part in state] == [3, 3, 2, 2]
    assert sum(part[0].numel() for part in state) == mechanism.cost(12, 12).state_numbers


def test_the_prefix_of_a_grid_is_global_beside_them():
    size = Size(heads=2, key_features=5, value_features=3, length=16, grid=Grid(3, 4, prefix=2))
    streams = drawn(14)

    assert_close(GlobalTokens(size, tokens=0)(streams), Local(size)(streams))
    assert_close(GlobalTokens(size, tokens=1)(streams), GlobalTokens(SIZE, tokens=3)(streams))


@pytest.mark.parametrize("mask", [Mask(), Mask(causal=True)], ids=["all", "causal"])
@pytest.mark.parametrize(("window", "tokens", "n"), [(0, 2, 5), (3, 1, 13), (8, 4, 100), (3, 20, 11)])
def test_the_formula_counts_the_products_that_torch_counts(window, tokens, n, mask):
    mechanism = GlobalTokens(SIZE, window=window, tokens=tokens)

    assert mechanism.cost(n, n, mask).matmul_flops == counted_matmul_flops(mechanism, n, n, mask)


def test_a_negative_number_of_tokens_is_refused():
    with pytest.raises(InvalidOption, match="global_tokens: tokens must not be negative, but are -1"):
        GlobalTokens(SIZE, tokens=-1)
