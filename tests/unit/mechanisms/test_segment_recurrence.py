import math

import pytest
import torch
from row_by_row import SIZE, drawn
from torch.testing import assert_close

from regard.attention import Mask
from regard.core.errors import InvalidOption
from regard.mechanisms.segment_recurrence import SegmentRecurrence

SEGMENT, MEMORY, N = 4, 3, 13
SCATTERED = torch.rand(2, N, generator=torch.Generator().manual_seed(3)) < 0.7
KEYS = {
    "no padding": None,
    "behind": torch.arange(N) < torch.tensor([[9], [12]]),
    "in front": torch.arange(N) >= torch.tensor([[5], [2]]),
    "scattered": SCATTERED,
}


def build(**options):
    torch.manual_seed(0)
    mechanism = SegmentRecurrence(SIZE, **{"segment": SEGMENT, "memory": MEMORY} | options).double()
    torch.nn.init.normal_(mechanism.content)
    torch.nn.init.normal_(mechanism.distance)
    return mechanism


def wave(distance, waves):
    """Sines, then cosines, of one distance."""
    angles = [distance * 10_000 ** (-i / waves) for i in range(0, waves, 2)]
    return torch.tensor([math.sin(a) for a in angles] + [math.cos(a) for a in angles], dtype=torch.float64)


def by_segments(mechanism, streams, causal, keys):
    """Every real query reads its segment and the memory, key by key."""
    q, k, v, L, M = streams.q, streams.k, streams.v, mechanism.segment, mechanism.memory
    keys = torch.ones(2, N, dtype=torch.bool) if keys is None else keys
    mixed = torch.zeros_like(v)
    for b in range(2):
        places = keys[b].nonzero().flatten().tolist()
        for i in range(len(places)):
            first = i // L * L
            last = i if causal else min(first + L, len(places)) - 1
            read = range(max(first - M, 0), last + 1)
            for h in range(2):
                query = q[b, h, places[i]]
                u, w = mechanism.content[h, 0, 0], mechanism.distance[h, 0, 0]
                relative = mechanism.relative[h]
                scores = [
                    ((query + u) @ k[b, h, places[j]] + (query + w) @ (wave(i - j, len(relative)) @ relative))
                    / 5**0.5
                    for j in read
                ]
                weights = torch.stack(scores).softmax(0)
                mixed[b, h, places[i]] = weights @ v[b, h, [places[j] for j in read]]
    return mixed


@pytest.mark.parametrize("memory", [0, MEMORY, 6, 50])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("padding", KEYS)
def test_a_query_reads_its_segment_and_what_is_kept_of_those_before(padding, causal, memory):
    mechanism, streams, keys = build(memory=memory), drawn(N), KEYS[padding]
    real = torch.ones(2, 1, N, 1, dtype=torch.bool) if keys is None else keys[:, None, :, None]

    mixed = mechanism(streams, Mask(causal=causal, keys=keys))

    expected = by_segments(mechanism, streams, causal, keys)
    assert_close(mixed * real, expected)
    dense = mechanism.weights(streams, Mask(causal=causal, keys=keys)) @ streams.v
    assert_close(dense, mixed)


def test_padding_in_front_moves_no_border():
    mechanism, streams = build(), drawn(N)
    alone = streams.map(lambda each: each[:, :, 5:])

    mixed = mechanism(streams, Mask(causal=True, keys=(torch.arange(N) >= 5).expand(2, N)))

    assert_close(mixed[:, :, 5:], mechanism(alone, Mask(causal=True)))


def test_no_more_is_kept_than_a_later_query_can_reach():
    mechanism, streams = build(), drawn(N)

    _, state = mechanism.extend(streams, Mask(causal=True), mechanism.initial_state(2))

    assert [each.shape[2] for each in state] == [SEGMENT + MEMORY] * 2


def test_a_detached_state_ends_the_gradient_where_a_segment_begins():
    mechanism, streams = build(), drawn(8).map(lambda each: each.requires_grad_())
    first, second = (streams.map(lambda each, at=at: each[:, :, at : at + 4]) for at in (0, 4))

    _, state = mechanism.extend(first, Mask(causal=True), mechanism.initial_state(2))
    memory = tuple(each.detach() for each in state)
    mechanism.extend(second, Mask(causal=True, start=4), memory)[0].sum().backward()

    assert (streams.k.grad[:, :, :4] == 0).all()
    assert (streams.k.grad[:, :, 4:] != 0).any()


@pytest.mark.parametrize(
    ("options", "message"),
    [({"segment": 0}, "segment must be at least 1"), ({"memory": -1}, "memory must not")],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(InvalidOption, match=message):
        build(**options)
