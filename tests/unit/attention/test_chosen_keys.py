from dataclasses import replace

import pytest
import torch
from row_by_row import SIZE, collecting, drawn, exponential
from torch.testing import assert_close

from regard.attention import Mask
from regard.attention.checking.largest_tensor import LargestTensor
from regard.attention.kernels.chosen_keys import Choice, read, weigh

READABLE = torch.tensor([[True, True, False], [True, False, False], [False, False, False]])


FEW, MANY = 7, 40
"""Keys of which three are chosen: so few that all are scored, and so many that the chosen are copied."""

numbers_of_keys = pytest.mark.parametrize("m", [FEW, MANY], ids=["of few", "of many"])


def choice(heads, m, n=3):
    """Three of m keys for each query, other ones for each head and example."""
    rng = torch.Generator().manual_seed(0)
    at = torch.stack([torch.randperm(m, generator=rng)[:3] for _ in range(2 * heads * n)])
    return Choice(at.reshape(2, heads, n, 3), READABLE[torch.arange(n) % 3].expand(2, heads, n, 3))


def mixed(streams, chosen, size=SIZE):
    return read(streams, Mask(), chosen, weigh(streams, Mask(), chosen, size))


@pytest.mark.parametrize("heads", [1, 2], ids=["all heads alike", "each head for itself"])
@numbers_of_keys
def test_a_query_reads_by_softmax_what_is_chosen_and_readable(m, heads):
    streams, chosen = drawn(3, m), choice(heads, m)
    expected = torch.zeros(2, 2, 3, 3, dtype=torch.float64)
    for b, h, i in torch.cartesian_prod(torch.arange(2), torch.arange(2), torch.arange(2)).tolist():
        keys = chosen.at[b, h % heads, i, : 2 - i]
        weights = exponential(streams.k[b, h, keys] @ streams.q[b, h, i] / 5**0.5)
        expected[b, h, i] = weights @ streams.v[b, h, keys]

    assert_close(mixed(streams, chosen), expected)


@numbers_of_keys
def test_keys_that_heads_share_are_read_as_if_repeated(m):
    full, chosen = drawn(3, m), choice(2, m)
    one = full.replace(k=full.k[:, :1], v=full.v[:, :1])
    repeated = one.replace(k=one.k.expand(-1, 2, -1, -1), v=one.v.expand(-1, 2, -1, -1))

    assert_close(mixed(one, chosen, replace(SIZE, key_heads=1)), mixed(repeated, chosen))


@numbers_of_keys
def test_a_query_without_a_readable_key_reads_0_with_finite_gradients(m):
    streams = collecting(drawn(3, m))

    out = mixed(streams, choice(2, m))
    out.sum().backward()

    assert (out[:, :, 2] == 0).all()
    assert all(each.grad.isfinite().all() for each in streams)


@pytest.mark.parametrize(("m", "products"), [(FEW, True), (MANY, False)])
def test_all_pairs_are_made_only_where_they_are_fewer_than_what_is_copied(m, products):
    with LargestTensor() as recorder:
        mixed(drawn(20, m), choice(2, m, n=20))

    of_all, copied = 2 * 2 * 20 * m, 2 * 2 * 20 * 3 * 5
    assert recorder.numbers == (of_all if products else copied)
