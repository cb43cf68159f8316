import pytest
import torch
from row_by_row import SIZE, collecting, drawn_for, exponential, in_pieces
from torch.testing import assert_close

from regard.attention import Mask
from regard.attention.kernels.entries import SMALL
from regard.core.errors import InvalidOption
from regard.mechanisms.csa import Csa

D, E, C = SIZE.key_features, SIZE.value_features, 4


def build(block=3, window=2, keep=2):
    mechanism = Csa(SIZE, block=block, window=window, keep=keep, index_heads=3, index_features=C).double()
    rng = torch.Generator().manual_seed(2)
    for parameter in mechanism.parameters():
        torch.nn.init.normal_(parameter, 0.5, generator=rng)
    return mechanism


def entry(mechanism, streams, b, w):
    """Key, value and index key of a block, feature by feature."""
    made, features, block, mixed = mechanism.entries, D + E + C, mechanism.block, []
    for feature in range(features):
        shares, contents = [], []
        for place in range(2 * block):
            j, other = (w - 1) * block + place, feature + features * (place >= block)
            if j >= 0:
                shares.append(streams.score[b, 0, j, other] + made.place[place, feature])
                contents.append(streams.content[b, 0, j, other])
        mixed.append(exponential(torch.stack(shares)) @ torch.stack(contents))
    parts = torch.stack(mixed).split([D, E, C])
    normed = [part / (part.square().mean() + SMALL).sqrt() for part in parts]
    return [gain * part for gain, part in zip(made.gain.split([D, E, C]), normed, strict=True)]


def index_score(streams, b, i, key):
    queries = streams.index_q[b, 0, i].view(3, C)
    return sum(streams.index_weight[b, 0, i, a] * (queries[a] @ key / 2).clamp(min=0) for a in range(3))


def chosen(mechanism, streams, mask, b, i):
    """The complete blocks with the largest index scores, their entries, and these scores."""
    block, n = mechanism.block, streams.q.shape[2]
    blocks = [w for w in range(n // block) if not mask.causal or (w + 1) * block <= i + 1]
    made = {w: entry(mechanism, streams, b, w) for w in blocks}
    scores = {w: index_score(streams, b, i, made[w][2]) for w in blocks}
    best = sorted(blocks, key=lambda w: (scores[w].item(), w))[-mechanism.keep :]
    return [made[w][:2] for w in best], [scores[w] for w in best]


def weights_and_values(mechanism, streams, mask, b, h, i, read):
    n = streams.q.shape[2]
    near = [j for j in range(n) if abs(i - j) <= mechanism.window and (j <= i or not mask.causal)]
    read = [*read, *((streams.k[b, h, j], streams.v[b, h, j]) for j in near)]
    scores = [streams.q[b, h, i] @ key / D**0.5 for key, _ in read]
    return exponential(torch.stack([*scores, mechanism.sink[h, 0, 0, 0]])), [value for _, value in read]


def by_loops(mechanism, streams, mask):
    out = torch.zeros_like(streams.v)
    for b, h, i in torch.cartesian_prod(*map(torch.arange, streams.q.shape[:3])).tolist():
        read, _ = chosen(mechanism, streams, mask, b, i)
        weights, values = weights_and_values(mechanism, streams, mask, b, h, i, read)
        out[b, h, i] = weights[:-1] @ torch.stack(values)
    return out


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(("block", "window", "keep"), [(3, 2, 2), (1, 0, 3), (2, 9, 9), (17, 3, 1)])
def test_the_chosen_entries_keys_and_the_sink_share_one_softmax(block, window, keep, causal):
    mechanism, mask = build(block, window, keep), Mask(causal=causal)
    streams = drawn_for(mechanism, 11)

    assert_close(mechanism(streams, mask), by_loops(mechanism, streams, mask))


def test_the_penalty_compares_the_index_with_how_the_heads_share_out_the_chosen_entries():
    mechanism, mask = build().train(), Mask(causal=True)
    streams, apart = drawn_for(mechanism, 11), []
    for b in range(2):
        for i in range(11):
            read, index = chosen(mechanism, streams, mask, b, i)
            if read:
                heads = [weights_and_values(mechanism, streams, mask, b, h, i, read)[0] for h in range(2)]
                target = sum(heads)[: len(read)] / sum(heads)[: len(read)].sum()
                apart.append((target * (target / exponential(torch.stack(index))).log()).sum())

    mechanism(streams, mask)

    assert_close(mechanism.auxiliary(), torch.stack(apart).mean())


def test_the_penalty_teaches_what_the_index_is_made_of_and_nothing_else():
    mechanism = build().train()
    streams = collecting(drawn_for(mechanism, 11))

    mechanism(streams, Mask(causal=True))
    slopes = torch.autograd.grad(mechanism.auxiliary(), [*streams], allow_unused=True)

    learn = {name for name, slope in zip(streams.names, slopes, strict=True) if slope is not None}
    assert learn == {"content", "score", "index_q", "index_weight"}


@pytest.mark.parametrize("cut", [[1] * 13, [5, 8], [4, 4, 5], [13], [2, 1, 10], [9, 4]])
def test_any_cut_into_pieces_is_all_at_once_with_gradients(cut):
    mechanism = build(block=4, window=3)
    streams = collecting(drawn_for(mechanism, 13))

    gone_on, at_once = in_pieces(mechanism, streams, cut), mechanism(streams, Mask(causal=True))

    assert_close(gone_on, at_once)
    direction = torch.randn_like(at_once)
    slopes = torch.autograd.grad(gone_on, [*streams], direction, allow_unused=True)
    assert_close(slopes, torch.autograd.grad(at_once, [*streams], direction, allow_unused=True))


def test_the_state_keeps_the_block_before_the_open_one():
    mechanism = build(block=4, window=3)
    streams = drawn_for(mechanism, 11).map(lambda each: each[:1])

    _, state = mechanism.extend(streams, Mask(causal=True), mechanism.initial_state(1))

    assert [part.shape[2] for part in state] == [2, 7, 7, 3, 3]
    assert sum(part.numel() for part in state) == mechanism.cost(1, 11, Mask(causal=True)).state_numbers


@pytest.mark.parametrize("option", ["block", "keep", "index_heads", "index_features"])
def test_no_option_is_less_than_1(option):
    with pytest.raises(InvalidOption, match=f"csa: {option} must be .*1.*, not -1"):
        Csa(SIZE, **{option: -1})
