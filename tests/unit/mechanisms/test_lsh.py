import pytest
import torch
from row_by_row import SIZE, drawn_for, exponential, masks, under
from torch.testing import assert_close

from regard.attention import Mask
from regard.core.errors import InvalidOption
from regard.mechanisms.lsh import Lsh


def build(buckets=4, chunk=2, rounds=2, seed=0):
    torch.manual_seed(seed)
    return Lsh(SIZE, buckets=buckets, chunk=chunk, rounds=rounds).double()


def keys_found(mechanism, streams, mask, b, h, i):
    """The keys in the chunk of the query in its bucket and in the chunk before, in any round."""
    q, found = streams.q[b, h], set()
    real = [j for j in range(len(q)) if mask.keys is None or mask.keys[b, j]]
    if i not in real:
        return []
    for directions in mechanism.rotations[h]:
        turned = q @ directions
        bucket = torch.cat([turned, -turned], -1).argmax(-1)
        same = [j for j in real if bucket[j] == bucket[i]]
        chunk = same.index(i) // mechanism.chunk
        found |= set(same[max(chunk - 1, 0) * mechanism.chunk : (chunk + 1) * mechanism.chunk])
    found = {j for j in found if j <= i or not mask.causal}
    return sorted(found - {i}) or [i]


def by_loops(mechanism, streams, mask):
    q, out = streams.q, torch.zeros_like(streams.v)
    for b, h, i in torch.cartesian_prod(*map(torch.arange, q.shape[:3])).tolist():
        keys = keys_found(mechanism, streams, mask, b, h, i)
        if keys:
            scores = (q[b, h, keys] / q[b, h, keys].norm(dim=-1, keepdim=True)) @ q[b, h, i] / 5**0.5
            out[b, h, i] = exponential(scores) @ streams.v[b, h, keys]
    return out


@under("causal", "keys")
@pytest.mark.parametrize("options", [{}, {"chunk": 1, "rounds": 1}, {"buckets": 2, "chunk": 3, "rounds": 3}])
def test_a_query_reads_what_shares_a_bucket_with_it_in_any_round(options, part):
    mechanism, mask = build(**options), masks("causal", "keys", n=17)[part]
    streams = drawn_for(mechanism, 17)
    expected = by_loops(mechanism, streams, mask)

    assert_close(mechanism(streams, mask), expected)
    assert_close(mechanism.weights(streams, mask) @ streams.v, expected)


@pytest.mark.parametrize("causal", [False, True])
def test_with_one_bucket_and_one_chunk_it_is_softmax_over_all_others(causal):
    mechanism = build(chunk=11)
    torch.nn.init.zeros_(mechanism.rotations)
    streams = drawn_for(mechanism, 11)
    k = streams.q / streams.q.norm(dim=-1, keepdim=True)
    hidden = torch.ones(11, 11).triu(1 if causal else 11).bool() | torch.eye(11).bool()
    hidden[0, 0] = not causal

    scores = (streams.q @ k.mT / 5**0.5).masked_fill(hidden, -torch.inf)

    assert_close(mechanism(streams, Mask(causal=causal)), scores.softmax(-1) @ streams.v)


def test_more_rounds_find_more_keys_and_read_none_twice():
    streams = drawn_for(build(), 24)
    one, four = (build(rounds=rounds) for rounds in (1, 4))
    four.rotations[:, :1] = one.rotations

    read = [each.weights(streams, Mask()) > 0 for each in (one, four)]

    others = ~torch.eye(24, dtype=torch.bool)
    assert (read[1] | ~(read[0] & others)).all()
    assert read[1].sum() > read[0].sum()
    assert_close(four.weights(streams, Mask()).sum(-1), torch.ones(2, 2, 24, dtype=torch.float64))


def test_later_positions_do_not_move_the_chunks_of_earlier_ones():
    mechanism, mask = build(), Mask(causal=True)
    streams = drawn_for(mechanism, 24)
    short = streams.map(lambda each: each[:, :, :15])

    assert_close(mechanism(streams, mask)[:, :, :15], mechanism(short, mask))


def test_keys_are_hashed_by_their_direction():
    mechanism = build()
    streams = drawn_for(mechanism, 24)

    read = [mechanism.weights(each, Mask()) > 0 for each in (streams, streams.replace(q=7 * streams.q))]

    assert torch.equal(*read)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"buckets": 3}, "buckets must be an even number, not 3"),
        ({"buckets": 0}, "buckets must be an even number, not 0"),
        ({"chunk": 0}, "chunk must be at least 1, not 0"),
        ({"rounds": 0}, "rounds must be between 1 and 64, not 0"),
        ({"buckets": 34}, "buckets must be at most 32, twice the length, not 34"),
    ],
)
def test_impossible_options_are_refused(options, message):
    with pytest.raises(InvalidOption, match=message):
        Lsh(SIZE, **options)
