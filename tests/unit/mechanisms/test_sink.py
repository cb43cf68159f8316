import math
from dataclasses import replace

import pytest
import torch
from row_by_row import EVERY_PART, SIZE, drawn, masks, read_by_row, under
from torch.testing import assert_close

from regard.attention import Mask
from regard.attention.kernels.fused import BLOCK
from regard.mechanisms.sink import Sink


def with_sink(scores):
    shares = torch.cat([scores, torch.tensor([0.3], dtype=torch.float64)]).softmax(0)
    return shares[:-1]


def build():
    sink = Sink(SIZE)
    torch.nn.init.constant_(sink.logit, 0.3)
    return sink.double()


@pytest.mark.parametrize("m", [9, 12])
@under(*EVERY_PART)
def test_one_more_score_takes_its_share_and_gives_nothing(part, m):
    streams, mask = drawn(9, m), masks(*EVERY_PART, n=9, m=m)[part]

    assert_close(build()(streams, mask), read_by_row(streams, mask, with_sink), atol=1e-6, rtol=1e-6)


def test_at_0_it_is_softmax_plus_one():
    streams = drawn(5)
    level = streams.replace(q=0 * streams.q)

    assert_close(
        Sink(SIZE).double().weights(level, Mask()), torch.full((2, 2, 5, 5), 1 / 6, dtype=torch.float64)
    )


def test_each_head_learns_a_sink_of_its_own():
    sink, streams = Sink(SIZE).double(), drawn(5)

    sink(streams, Mask())[:, 1].sum().backward()

    assert sink.logit.grad[0] == 0
    assert sink.logit.grad[1] != 0


@under("causal")
def test_both_forms_are_one_across_blocks_of_queries(part):
    sink, n = build(), BLOCK + 3
    streams, mask = drawn(n), masks(*EVERY_PART, n=n)[part]
    fused = sink(streams, mask)

    sink.forced_form = "plain"

    assert_close(fused, sink(streams, mask))


@pytest.mark.parametrize("width", [torch.bfloat16, torch.float32])
def test_a_scale_of_its_own_leaves_the_sink_where_it_is(width):
    sink = Sink(replace(SIZE, scale=2.0)).to(width)
    torch.nn.init.constant_(sink.logit, 1.5)
    streams = drawn(9).map(lambda each: each.to(width))

    weights = sink.weights(streams.replace(q=0 * streams.q), Mask())

    share = 1 / (9 + math.exp(1.5))
    assert_close(weights.double(), torch.full_like(weights, share).double(), atol=1e-3, rtol=0)
    level = sink(streams.replace(q=0 * streams.q), Mask())
    assert_close(level, weights @ streams.v, atol=2e-2, rtol=0)
