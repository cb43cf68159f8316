from dataclasses import replace

import pytest
import torch
from penalties import learning
from row_by_row import SIZE, collecting, drawn_for, exponential, masks, under
from torch.testing import assert_close

from regard.attention import Mask
from regard.core.errors import InvalidOption
from regard.mechanisms.msa import Msa
from regard.mechanisms.softmax import Softmax


def build(block=3, keep=2, size=SIZE):
    return Msa(size, block=block, keep=keep, index_features=4).double()


def index_score(streams, b, g, i, j):
    return streams.index_q[b, g, i] @ streams.index_k[b, 0, j] / 2


def keys_read(streams, mask, where, block, keep):
    """Those of the query's own block, and of the blocks with the keys of the largest index scores."""
    b, g, i = where
    real = [j for j in range(streams.k.shape[2]) if mask.keys is None or mask.keys[b, j]]
    blocks = [real[first : first + block] for first in range(0, len(real), block)]
    own = max(sum(j <= i for j in real) - 1, 0) // block
    others = [c for c in range(len(blocks)) if (c < own if mask.causal else c != own)]
    best = {c: max(float(index_score(streams, b, g, i, j)) for j in blocks[c]) for c in others}
    chosen = sorted(others, key=lambda c: (best[c], c))[max(len(others) - keep + 1, 0) :]
    return [j for c in [*chosen, own] if blocks for j in blocks[c] if j <= i or not mask.causal]


def weights_of(streams, b, h, i, keys):
    return exponential(streams.k[b, h, keys] @ streams.q[b, h, i] / 5**0.5)


def by_loops(streams, mask, block=3, keep=2):
    out = torch.zeros_like(streams.v)
    for b, h, i in torch.cartesian_prod(*map(torch.arange, streams.q.shape[:3])).tolist():
        keys = keys_read(streams, mask, (b, h, i), block, keep)
        if keys:
            out[b, h, i] = weights_of(streams, b, h, i, keys) @ streams.v[b, h, keys]
    return out


@under("causal", "keys")
@pytest.mark.parametrize(("block", "keep"), [(3, 2), (1, 4), (4, 1), (2, 9)])
def test_a_query_reads_its_own_block_and_those_with_the_best_keys_of_the_index(block, keep, part):
    mechanism, mask = build(block, keep), masks("causal", "keys", n=11)[part]
    streams = drawn_for(mechanism, 11)
    expected = by_loops(streams, mask, block, keep)

    assert_close(mechanism(streams, mask), expected)
    assert_close(mechanism.weights(streams, mask) @ streams.v, expected)


def test_of_blocks_with_equal_scores_the_later_is_read():
    mechanism = build(3, keep=2)
    streams = drawn_for(mechanism, 9)
    level = streams.replace(index_q=0 * streams.index_q)

    read = mechanism.weights(level, Mask(causal=True))[0, 0, 8] > 0

    assert read.tolist() == [False] * 3 + [True] * 6


def test_heads_that_share_keys_read_the_same_blocks():
    mechanism = build(2, keep=2, size=replace(SIZE, heads=4, key_heads=2))
    streams = drawn_for(mechanism, 12)
    streams = streams.replace(**{name: getattr(streams, name)[:, :2] for name in ("k", "v", "index_q")})

    read = mechanism.weights(streams, Mask(causal=True)) > 0

    assert mechanism.heads_of("index_q") == 2
    assert torch.equal(read[:, 0], read[:, 1])
    assert torch.equal(read[:, 2], read[:, 3])
    assert not torch.equal(read[:, 0], read[:, 2])


def test_the_index_learns_how_the_heads_of_its_group_share_out_the_keys_they_read():
    mechanism, mask = build().train(), masks("causal", "keys", n=11)["all"]
    streams, apart = drawn_for(mechanism, 11), []
    for b, h, i in torch.cartesian_prod(*map(torch.arange, streams.q.shape[:3])).tolist():
        keys = keys_read(streams, mask, (b, h, i), 3, 2)
        if keys and mask.keys[b, i]:
            target = weights_of(streams, b, h, i, keys)
            index = torch.stack([index_score(streams, b, h, i, j) for j in keys])
            apart.append((target * (target / exponential(index)).log()).sum())

    mechanism(streams, mask)

    assert_close(mechanism.auxiliary(), torch.stack(apart).mean())


def test_the_output_teaches_all_but_the_index_and_the_penalty_the_index_alone():
    mechanism = build().train()
    streams = collecting(drawn_for(mechanism, 9))

    of_output, of_penalty = learning(mechanism, streams, Mask(causal=True))

    assert of_output == {"q", "k", "v"}
    assert of_penalty == set(streams.names) - {"q", "k", "v"}


def test_with_all_blocks_it_is_softmax_with_the_same_gradients():
    mechanism, mask = build(keep=4), Mask(causal=True)
    streams = collecting(drawn_for(mechanism, 10))
    ours, theirs = mechanism(streams, mask), Softmax(SIZE).double()(streams, mask)

    assert_close(ours, theirs)
    direction, read = torch.randn_like(ours), [streams.q, streams.k, streams.v]
    mine = torch.autograd.grad(ours, read, direction)
    assert_close(mine, torch.autograd.grad(theirs, read, direction))


@pytest.mark.parametrize("option", ["block", "keep", "index_features"])
def test_no_option_is_less_than_1(option):
    with pytest.raises(InvalidOption, match=f"msa: {option} must be at least 1, not 0"):
        Msa(SIZE, **{option: 0})
