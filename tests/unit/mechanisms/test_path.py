import math

import pytest
import torch
from row_by_row import (
    SIZE,
    bias_of,
    drawn_for,
    exponential,
    masks,
    may_read,
    under,
)
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms.path import BLOCK, Path
from regard.mechanisms.softmax import Softmax

PARTS = "causal", "keys", "window", "slopes"


def walked(streams, mask, b, h, i, j):
    """q_i turned by the map of each position on its way to key j, times this key."""
    x = streams.q[b, h, i]
    for t in range(i, j, -1) if j <= i else range(i + 1, j + 1):
        if mask.keys is None or mask.keys[b, t]:
            w = streams.w[b, h, t] / streams.w[b, h, t].norm()
            beta = 2 / (1 + math.exp(-streams.beta[b, h, t].item()))
            x = x - beta * (w @ x) * w
    return streams.k[b, h, j] @ x / math.sqrt(len(x))


def read_along_paths(streams, mask):
    v, n = streams.v, streams.q.shape[2]
    mixed = torch.zeros_like(v)
    for b, h, i in torch.cartesian_prod(*map(torch.arange, v.shape[:3])).tolist():
        readable = [j for j in range(n) if may_read(mask, b, i, j)]
        scores = [walked(streams, mask, b, h, i, j) + bias_of(mask, h, i, j) for j in readable]
        if readable:
            mixed[b, h, i] = exponential(torch.stack(scores)) @ v[b, h, readable]
    return mixed


@under(*PARTS)
def test_a_query_is_turned_by_every_position_on_its_way_to_a_key(part):
    path, mask = Path(SIZE), masks(*PARTS, n=9)[part]
    streams = drawn_for(path, 9)

    expected = read_along_paths(streams, mask)

    assert_close(path(streams, mask), expected, atol=1e-6, rtol=1e-6)
    assert_close(path.weights(streams, mask) @ mask.readable(streams.v), expected, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("causal", [False, True])
def test_blocks_are_joined_without_a_seam(causal):
    path, n = Path(SIZE), BLOCK + 5
    streams = drawn_for(path, n)

    assert_close(path(streams, Mask(causal=causal)), read_along_paths(streams, Mask(causal=causal)))


def test_closed_gates_leave_softmax():
    near = Path.toward("softmax", SIZE)[-1]
    streams = drawn_for(Path(SIZE), 9)

    assert_close(near.mechanism(near.given(streams), Mask()), Softmax(SIZE)(streams, Mask()))


def test_w_of_0_turns_nothing_and_has_finite_gradients():
    path = Path(SIZE)
    drawn = drawn_for(path, 9)
    streams = drawn.replace(w=0 * drawn.w).map(lambda each: each.requires_grad_())

    mixed = path(streams, Mask(causal=True))
    mixed.sum().backward()

    assert_close(mixed, Softmax(SIZE)(drawn, Mask(causal=True)))
    assert all(each.grad.isfinite().all() for each in streams)


def test_padding_in_front_changes_nothing():
    path, n = Path(SIZE), 9
    streams = drawn_for(path, n)
    padded = streams.map(lambda each: torch.cat([torch.full_like(each[:, :, :4], torch.nan), each], 2))
    keys = (torch.arange(n + 4) >= 4).expand(2, -1)

    mixed = path(padded, Mask(causal=True, keys=keys))

    assert_close(mixed[:, :, 4:], path(streams, Mask(causal=True)))
