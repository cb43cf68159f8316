import math

import pytest
import torch
from by_kernel import MASKED
from row_by_row import SIZE, collecting, counted_matmul_flops, drawn_for, in_pieces, may_read
from torch.autograd import grad, gradcheck
from torch.testing import assert_close

from regard.attention import Mask, Size, Streams
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


@pytest.mark.parametrize("start", [0, 2])
@pytest.mark.parametrize(("n", "m"), [(5, 9), (9, 5), (1, 9)])
def test_queries_and_keys_may_differ_in_number(n, m, start):
    streams, mask = drawn_for(PLAIN, n, m), Mask(causal=True, start=start)

    assert_close(PLAIN(streams), by_loops(streams, Mask()))
    assert_close(PLAIN(streams, mask), by_loops(streams, mask))


@pytest.mark.parametrize("mask", MASKED.values(), ids=MASKED)
def test_it_is_the_full_one_without_biases(mask):
    full = AttentionFree(SIZE).double()
    torch.nn.init.zeros_(full.biases)
    streams = drawn_for(PLAIN, 7)

    assert_close(PLAIN(streams, mask), full(streams, mask))


@pytest.mark.parametrize("pieces", [[1] * 40, [33, 1, 6]])
def test_any_cut_into_pieces_is_all_at_once_with_gradients(pieces):
    streams = collecting(drawn_for(PLAIN, 40))
    mask = Mask(causal=True, keys=(torch.arange(40) % 5 > 0).expand(2, 40))

    gone_on, at_once = in_pieces(PLAIN, streams, pieces, mask), PLAIN(streams, mask)

    assert_close(gone_on, at_once)
    direction = torch.randn_like(at_once)
    assert_close(grad(gone_on, [*streams], direction), grad(at_once, [*streams], direction))


@pytest.mark.parametrize("mask", [Mask(), Mask(causal=True)])
def test_keys_of_any_size_are_weighed_in_float32(mask):
    streams = drawn_for(PLAIN, 16)
    streams = streams.replace(k=1000 * streams.k)

    assert_close(
        PLAIN(streams.map(torch.Tensor.float), mask).double(), PLAIN(streams, mask), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("causal", [False, True])
def test_the_gradient_is_the_slope(causal):
    inputs = [*collecting(drawn_for(PLAIN, 4))]

    assert gradcheck(lambda q, k, v: PLAIN(Streams(q=q, k=k, v=v), Mask(causal=causal)), inputs)


@pytest.mark.parametrize("mask", [Mask(), Mask(causal=True)])
def test_the_formula_counts_the_products_and_the_state(mask):
    mechanism = AttentionFreeSimple(Size(2, 5, 3, 40))

    cost = mechanism.cost(40, 40, mask)

    assert cost.matmul_flops == counted_matmul_flops(mechanism, 40, 40, mask)
    assert cost.state_numbers == 2 * 3 * (1 + 2)
