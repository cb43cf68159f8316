import pytest
import torch
from penalties import learning
from row_by_row import SIZE, collecting, drawn_for, exponential, masks, under
from torch.testing import assert_close

from regard.attention import Mask
from regard.core.errors import InvalidOption
from regard.mechanisms.qsa import SMALL, Qsa
from regard.mechanisms.softmax import Softmax

HEADS, C = 3, 4


def build(block=3, keep=2):
    mechanism = Qsa(SIZE, block=block, keep=keep, index_heads=HEADS, index_features=C).double()
    for parameter in mechanism.parameters():
        torch.nn.init.normal_(parameter, generator=torch.Generator().manual_seed(parameter.numel()))
    return mechanism


def normalized(x, gain):
    return gain * x / (x.square().mean() + SMALL).sqrt()


def index_score(mechanism, streams, b, i, block):
    key = normalized(streams.index_k[b, 0, block].mean(0), mechanism.key_gain)
    queries = [normalized(q, mechanism.query_gain) for q in streams.index_q[b, 0, i].split(C)]
    return sum((q @ key / C**0.5).clamp(min=0) for q in queries)


def blocks_read(mechanism, streams, mask, b, i):
    """The complete blocks with the largest index scores, with these, and the keys behind all of them."""
    n, length = streams.k.shape[2], mechanism.block
    seen = range(i + 1 if mask.causal else n)
    keys = [j for j in seen if mask.keys is None or mask.keys[b, j]]
    complete = [keys[first : first + length] for first in range(0, len(keys) - length + 1, length)]
    scores = [index_score(mechanism, streams, b, i, block) for block in complete]
    best = sorted(range(len(complete)), key=lambda w: (scores[w].item(), w))[-mechanism.keep :]
    return [(complete[w], scores[w]) for w in best], keys[len(complete) * length :]


def weights_of(streams, b, h, i, keys):
    return exponential(streams.k[b, h, keys] @ streams.q[b, h, i] / 5**0.5)


def by_loops(mechanism, streams, mask):
    out = torch.zeros_like(streams.v)
    for b, h, i in torch.cartesian_prod(*map(torch.arange, streams.q.shape[:3])).tolist():
        blocks, tail = blocks_read(mechanism, streams, mask, b, i)
        keys = [j for block, _ in blocks for j in block] + tail
        if keys:
            out[b, h, i] = weights_of(streams, b, h, i, keys) @ streams.v[b, h, keys]
    return out


@under("causal", "keys")
@pytest.mark.parametrize(("block", "keep"), [(3, 2), (1, 4), (4, 1), (2, 9), (12, 1)])
def test_a_query_reads_the_best_complete_blocks_and_what_is_behind_them(block, keep, part):
    mechanism, mask = build(block, keep), masks("causal", "keys", n=11)[part]
    streams = drawn_for(mechanism, 11)
    expected = by_loops(mechanism, streams, mask)

    assert_close(mechanism(streams, mask), expected)
    assert_close(mechanism.weights(streams, mask) @ streams.v, expected)


def test_of_blocks_with_equal_scores_the_later_is_read():
    mechanism = build(2, keep=1)
    streams = drawn_for(mechanism, 7)
    level = streams.replace(index_q=0 * streams.index_q)

    read = mechanism.weights(level, Mask(causal=True))[0, 0] > 0

    assert read[5].tolist() == [False] * 4 + [True] * 2 + [False]
    assert read[6].tolist() == [False] * 4 + [True] * 3


def test_the_index_learns_how_the_heads_share_out_the_keys_of_the_chosen_blocks():
    mechanism, mask = build().train(), masks("causal", "keys", n=11)["all"]
    streams, apart = drawn_for(mechanism, 11), []
    for b, i in torch.cartesian_prod(torch.arange(2), torch.arange(11)).tolist():
        blocks, _ = blocks_read(mechanism, streams, mask, b, i)
        if blocks and mask.keys[b, i]:
            keys = [j for block, _ in blocks for j in block]
            heads = mechanism.weights(streams, mask)[b, :, i].mean(0)
            target = (heads[keys] / heads[keys].sum()).detach()
            index = torch.stack([score for block, score in blocks for _ in block])
            apart.append((target * (target / exponential(index)).log()).sum())

    mechanism(streams, mask)

    assert_close(mechanism.auxiliary(), torch.stack(apart).mean())


def test_the_output_teaches_all_but_the_index_and_the_penalty_the_index_alone():
    mechanism = build().train()
    streams = collecting(drawn_for(mechanism, 9))

    of_output, of_penalty = learning(mechanism, streams, Mask(causal=True))

    assert of_output == {"q", "k", "v"}
    assert of_penalty == set(streams.names) - {"q", "k", "v"} | {"parameters"}


def test_with_all_blocks_it_is_softmax_with_the_same_gradients():
    mechanism, mask = build(keep=4), Mask(causal=True)
    streams = collecting(drawn_for(mechanism, 10))
    ours, theirs = mechanism(streams, mask), Softmax(SIZE).double()(streams, mask)

    assert_close(ours, theirs)
    direction, read = torch.randn_like(ours), [streams.q, streams.k, streams.v]
    mine = torch.autograd.grad(ours, read, direction)
    assert_close(mine, torch.autograd.grad(theirs, read, direction))


@pytest.mark.parametrize("option", ["block", "keep", "index_heads", "index_features"])
def test_no_option_is_less_than_1(option):
    with pytest.raises(InvalidOption, match=f"qsa: {option} must be at least 1, not 0"):
        Qsa(SIZE, **{option: 0})


def test_an_index_is_light():
    with pytest.raises(InvalidOption, match="qsa: index_features must be at most 1024, not 1025"):
        Qsa(SIZE, index_features=1025)
