import pytest
import torch
from row_by_row import SIZE, collecting, drawn, exponential, masks, under
from torch.testing import assert_close

from regard.attention import Mask
from regard.core.errors import InvalidOption
from regard.mechanisms.selected_blocks import SelectedBlocks
from regard.mechanisms.softmax import Softmax


def build(block=3, keep=2):
    return SelectedBlocks(SIZE, block=block, keep=keep).double()


def keys_read(streams, mask, b, h, i, block, keep):
    """Those of the query's own block, and of the blocks whose mean key fits it best."""
    k, q = streams.k[b, h], streams.q[b, h, i]
    real = [j for j in range(len(k)) if mask.keys is None or mask.keys[b, j]]
    blocks = [real[first : first + block] for first in range(0, len(real), block)]
    own = max(sum(j <= i for j in real) - 1, 0) // block
    others = [c for c in range(len(blocks)) if (c < own if mask.causal else c != own)]
    best = sorted(others, key=lambda c: (float(q @ k[blocks[c]].mean(0)), c))[len(others) - keep + 1 :]
    chosen = others if keep > len(others) else best
    return [j for c in [*chosen, own] for j in blocks[c] if j <= i or not mask.causal]


def by_loops(streams, mask, block=3, keep=2):
    out = torch.zeros_like(streams.v)
    for b, h, i in torch.cartesian_prod(*map(torch.arange, streams.q.shape[:3])).tolist():
        keys = keys_read(streams, mask, b, h, i, block, keep)
        if keys:
            scores = streams.k[b, h, keys] @ streams.q[b, h, i] / 5**0.5
            out[b, h, i] = exponential(scores) @ streams.v[b, h, keys]
    return out


@under("causal", "keys")
@pytest.mark.parametrize(("block", "keep"), [(3, 2), (1, 4), (4, 1), (2, 9)])
def test_a_query_reads_its_own_block_and_those_whose_mean_fits_it_best(block, keep, part):
    mechanism, mask = build(block, keep), masks("causal", "keys", n=11)[part]
    streams = drawn(11)
    expected = by_loops(streams, mask, block, keep)

    assert_close(mechanism(streams, mask), expected)
    assert_close(mechanism.weights(streams, mask) @ streams.v, expected)


@pytest.mark.parametrize("causal", [False, True])
def test_one_block_is_the_own_one(causal):
    read = build(3, keep=1).weights(drawn(7), Mask(causal=causal))[0, 0] > 0

    own = torch.arange(7) // 3
    assert torch.equal(read, (own == own[:, None]) & ~(torch.ones(7, 7).triu(1).bool() & causal))


def test_of_blocks_that_fit_equally_the_later_is_read():
    streams = drawn(9)
    level = streams.replace(q=0 * streams.q)

    read = build(3, keep=2).weights(level, Mask(causal=True))[0, 0, 8] > 0

    assert read.tolist() == [False] * 3 + [True] * 6


def test_with_all_blocks_it_is_softmax_with_the_same_gradients():
    streams, mask = collecting(drawn(10)), Mask(causal=True)
    ours, theirs = build(keep=4)(streams, mask), Softmax(SIZE).double()(streams, mask)

    assert_close(ours, theirs)
    direction = torch.randn_like(ours)
    mine = torch.autograd.grad(ours, [*streams], direction)
    assert_close(mine, torch.autograd.grad(theirs, [*streams], direction))


@pytest.mark.parametrize("option", ["block", "keep"])
def test_no_option_is_less_than_1(option):
    with pytest.raises(InvalidOption, match=f"selected_blocks: {option} must be at least 1, not 0"):
        SelectedBlocks(SIZE, **{option: 0})
