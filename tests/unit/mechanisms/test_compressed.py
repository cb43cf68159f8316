import pytest
import torch
from row_by_row import SIZE, collecting, drawn_for, exponential, in_pieces, one_by_one
from torch.testing import assert_close

from regard.attention import Mask
from regard.attention.kernels.entries import SMALL
from regard.core.errors import InvalidOption
from regard.mechanisms.compressed import Compressed


def build(block=3, window=2):
    mechanism = Compressed(SIZE, block=block, window=window).double()
    rng = torch.Generator().manual_seed(2)
    for parameter in mechanism.parameters():
        torch.nn.init.normal_(parameter, 0.5, generator=rng)
    return mechanism


def normed(x, gain):
    return gain * x / (x.square().mean() + SMALL).sqrt()


def entry(mechanism, streams, b, w):
    """Key and value of a block, feature by feature."""
    d, block = SIZE.key_features, mechanism.block
    mixed = torch.zeros(d + SIZE.value_features, dtype=torch.float64)
    for feature in range(len(mixed)):
        share = (
            streams.score[b, 0, w * block : (w + 1) * block, feature] + mechanism.entries.place[:, feature]
        )
        mixed[feature] = exponential(share) @ streams.content[b, 0, w * block : (w + 1) * block, feature]
    return normed(mixed[:d], mechanism.entries.gain[:d]), normed(mixed[d:], mechanism.entries.gain[d:])


def by_loops(mechanism, streams, mask):
    n, out = streams.q.shape[2], torch.zeros_like(streams.v)
    for b, h, i in torch.cartesian_prod(*map(torch.arange, streams.q.shape[:3])).tolist():
        keys = [j for j in range(n) if abs(i - j) <= mechanism.window and (j <= i or not mask.causal)]
        blocks = [
            w for w in range(n // mechanism.block) if not mask.causal or (w + 1) * mechanism.block <= i + 1
        ]
        read = [entry(mechanism, streams, b, w) for w in blocks]
        read += [(streams.k[b, h, j], streams.v[b, h, j]) for j in keys]
        scores = [streams.q[b, h, i] @ key / SIZE.key_features**0.5 for key, _ in read]
        weights = exponential(torch.stack([*scores, mechanism.sink[h, 0, 0, 0]]))
        out[b, h, i] = sum(weight * value for weight, (_, value) in zip(weights, read, strict=False))
    return out


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(("block", "window"), [(3, 2), (1, 0), (4, 9), (17, 3)])
@pytest.mark.parametrize("n", [1, 11, 12])
def test_entries_keys_and_the_sink_share_one_softmax(n, block, window, causal):
    mechanism, mask = build(block, window), Mask(causal=causal)
    streams = drawn_for(mechanism, n)

    assert_close(mechanism(streams, mask), by_loops(mechanism, streams, mask))


def test_an_entry_is_read_from_the_last_position_of_its_block_on():
    mechanism = build(block=4, window=0)
    streams = drawn_for(mechanism, 9)
    changed = streams.replace(content=streams.content.index_fill(2, torch.tensor(1), 9.0))

    mixed = [mechanism(each, Mask(causal=True)) for each in (streams, changed)]

    moved = (mixed[0] != mixed[1]).flatten(3).any(3)[0, 0]
    assert moved.tolist() == [False] * 3 + [True] * 6


@pytest.mark.parametrize("cut", [[1] * 13, [5, 8], [4, 4, 5], [13], [2, 1, 10]])
def test_any_cut_into_pieces_is_all_at_once_with_gradients(cut):
    mechanism = build(block=4, window=3)
    streams = collecting(drawn_for(mechanism, 13))

    gone_on, at_once = in_pieces(mechanism, streams, cut), mechanism(streams, Mask(causal=True))

    assert_close(gone_on, at_once)
    direction = torch.randn_like(at_once)
    slopes = torch.autograd.grad(gone_on, [*streams], direction)
    assert_close(slopes, torch.autograd.grad(at_once, [*streams], direction))


def test_the_state_is_entries_an_open_block_and_a_window():
    mechanism = build(block=4, window=3)
    state = mechanism.initial_state(1)
    streams = drawn_for(mechanism, 11).map(lambda each: each[:1])

    _, state = mechanism.extend(streams, Mask(causal=True), state)

    assert [part.shape[2] for part in state] == [2, 3, 3, 3, 3]
    assert sum(part.numel() for part in state) == mechanism.cost(1, 11, Mask(causal=True)).state_numbers


def test_one_by_one_in_bfloat16_keeps_to_all_at_once():
    mechanism = build(block=4, window=3).bfloat16()
    streams = drawn_for(mechanism, 13).map(torch.Tensor.bfloat16)

    assert_close(one_by_one(mechanism, streams), mechanism(streams, Mask(causal=True)), atol=0.05, rtol=0.05)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"block": 18}, "block must be between 1 and length . 1 = 17, not 18"),
        ({"window": -1}, "window must not be negative"),
    ],
)
def test_impossible_options_are_refused(options, message):
    with pytest.raises(InvalidOption, match=message):
        Compressed(SIZE, **options)
