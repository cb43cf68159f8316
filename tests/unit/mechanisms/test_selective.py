import math

import torch
from row_by_row import (
    SIZE,
    bias_of,
    drawn,
    exponential,
    masks,
    may_read,
    under,
)
from torch.testing import assert_close

from regard.attention import Mask, Size
from regard.mechanisms.selective import Selective
from regard.mechanisms.softmax import Softmax

PARTS = "causal", "keys", "window", "slopes", "table"


def score(streams, b, h, i, j):
    return (streams.q[b, h, i] @ streams.k[b, h, j]).item() / math.sqrt(streams.q.shape[3])


def taken(streams, mask, b, i, j):
    """What the queries between key j and query i take from it, one after the other."""
    real = [t for t in range(streams.q.shape[2]) if mask.keys is None or mask.keys[b, t]]
    if j == real[0]:
        return 0.0
    return sum(max(score(streams, b, 0, t, j), 0) for t in real if j < t < i)


def read_what_is_left(streams, mask):
    v, n = streams.v, streams.q.shape[2]
    mixed = torch.zeros_like(v)
    for b, h, i in torch.cartesian_prod(*map(torch.arange, v.shape[:3])).tolist():
        readable = [j for j in range(n) if may_read(mask, b, i, j)]
        scores = [
            torch.as_tensor(
                score(streams, b, h, i, j) - taken(streams, mask, b, i, j) + bias_of(mask, h, i, j),
                dtype=torch.float64,
            )
            for j in readable
        ]
        if readable:
            mixed[b, h, i] = exponential(torch.stack(scores)) @ v[b, h, readable]
    return mixed


@under(*PARTS)
def test_what_the_first_head_reads_is_taken_from_later_queries(part):
    streams, mask = drawn(9), masks(*PARTS, n=9)[part]
    real = torch.ones(2, 9, dtype=torch.bool) if mask.keys is None else mask.keys

    mixed = Selective(SIZE)(streams, mask).transpose(1, 2)[real]

    assert_close(mixed, read_what_is_left(streams, mask).transpose(1, 2)[real])


def test_two_queries_take_nothing_yet():
    """The second reads the first, from which nobody takes anything, and itself."""
    streams, causal = drawn(2), Mask(causal=True)

    assert_close(Selective(SIZE)(streams, causal), Softmax(SIZE)(streams, causal))


def test_a_key_that_the_first_head_reads_much_is_gone_for_all_heads():
    q, k = torch.zeros(1, 2, 4, 5), torch.zeros(1, 2, 4, 5)
    q[0, 0, 2, 0] = k[0, 0, 1, 0] = 100.0
    streams = drawn(4).map(lambda each: each[:1].float()).replace(q=q, k=k)

    weights = Selective(SIZE).weights(streams, Mask(causal=True))

    third = 1 / 3
    assert_close(weights[0, :, 3], torch.tensor([[third, 0, third, third]]).expand(2, -1))


def test_padding_in_front_changes_nothing():
    streams, selective = drawn(9), Selective(SIZE)
    padded = streams.map(lambda each: torch.cat([torch.full_like(each[:, :, :4], torch.nan), each], 2))
    keys = (torch.arange(13) >= 4).expand(2, -1)

    mixed = selective(padded, Mask(causal=True, keys=keys))

    assert_close(mixed[:, :, 4:], selective(streams, Mask(causal=True)))


def test_a_group_of_queries_shares_keys():
    size = Size(heads=2, key_heads=1, key_features=5, value_features=3, length=9)
    streams, causal = drawn(9), Mask(causal=True)
    shared = streams.replace(k=streams.k[:, :1], v=streams.v[:, :1])
    repeated = shared.replace(k=shared.k.expand(-1, 2, -1, -1), v=shared.v.expand(-1, 2, -1, -1))

    assert_close(Selective(size)(shared, causal), Selective(SIZE)(repeated, causal))
