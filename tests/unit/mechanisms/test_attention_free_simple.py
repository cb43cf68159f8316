import math

import pytest
import torch
from by_kernel import MASKED
from row_by_row import SIZE, drawn_for, may_read
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms.attention_free import AttentionFree
from regard.mechanisms.attention_free_simple import AttentionFreeSimple

PLAIN = AttentionFreeSimple(SIZE)


def by_loops(streams, mask):
    q, k, v = (each.tolist() for each in streams)
    out = torch.zeros_like(streams.q)
    for b, h, i, f in ((*place,) for place in torch.ones(out.shape).nonzero().tolist()):
        readable = [j for j in range(len(k[b][h])) if may_read(mask, b, i, j)]
        weights = [math.exp(k[b][h][j][f]) for j in readable]
        total = sum(weight * v[b][h][j][f] for weight, j in zip(weights, readable, strict=True))
        gate = 1 / (1 + math.exp(-q[b][h][i][f]))
        out[b, h, i, f] = gate * total / sum(weights) if readable else 0
    return out


@pytest.mark.parametrize("form", AttentionFreeSimple.forms)
@pytest.mark.parametrize("name", MASKED)
def test_each_feature_is_a_mean_weighed_by_keys_and_gated_by_the_query(name, form):
    mechanism, streams, mask = AttentionFreeSimple(SIZE), drawn_for(PLAIN, 7), MASKED[name]
    mechanism.forced_form = form

    assert_close(mechanism(streams, mask), by_loops(streams, mask))


@pytest.mark.parametrize("mask", MASKED.values(), ids=MASKED)
def test_it_is_the_full_one_without_biases(mask):
    full = AttentionFree(SIZE).double()
    torch.nn.init.zeros_(full.biases)
    streams = drawn_for(PLAIN, 7)

    assert_close(PLAIN(streams, mask), full(streams, mask))


@pytest.mark.parametrize("mask", [Mask(), Mask(causal=True)])
def test_keys_of_any_size_are_weighed_in_float32(mask):
    streams = drawn_for(PLAIN, 16)
    streams = streams.replace(k=1000 * streams.k)

    assert_close(
        PLAIN(streams.map(torch.Tensor.float), mask).double(), PLAIN(streams, mask), rtol=1e-4, atol=1e-4
    )
