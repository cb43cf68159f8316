import pytest
import torch
from by_kernel import MASKED
from row_by_row import SIZE, collecting, counted_matmul_flops, drawn_for, exponential, in_pieces, read_by_row
from torch.autograd import grad, gradcheck
from torch.testing import assert_close

from regard.attention import Mask, Streams
from regard.mechanisms.induced import Induced
from regard.mechanisms.pooling import Pooling


def build():
    torch.manual_seed(0)
    return Pooling(SIZE).double()


def by_loops(pooling, streams, mask):
    """Softmax attention, where every query is the learned one."""
    n = streams.q.shape[2]
    seeds = pooling.seeds.detach().mT.expand(2, 2, n, 5)
    return read_by_row(Streams(q=seeds, k=streams.k, v=streams.v), mask, exponential)


@pytest.mark.parametrize("form", Pooling.forms)
@pytest.mark.parametrize("name", MASKED)
def test_one_learned_query_of_each_head_reads_for_all(name, form):
    pooling, mask = build(), MASKED[name]
    pooling.forced_form = form
    streams = drawn_for(pooling, 7)

    out = pooling(streams, mask)

    assert_close(out, by_loops(pooling, streams, mask))
    assert_close(pooling.weights(streams, mask) @ streams.v, out)


@pytest.mark.parametrize(("n", "m"), [(5, 9), (9, 5), (1, 9)])
def test_queries_and_keys_may_differ_in_number(n, m):
    pooling, mask = build(), Mask(causal=True, start=2)
    streams = drawn_for(pooling, n, m)

    assert_close(pooling(streams), by_loops(pooling, streams, Mask()))
    assert_close(pooling(streams, mask), by_loops(pooling, streams, mask))


@pytest.mark.parametrize("pieces", [[1] * 40, [33, 1, 6]])
def test_any_cut_into_pieces_is_all_at_once_with_gradients(pieces):
    pooling = build()
    streams = collecting(drawn_for(pooling, 40))
    mask = Mask(causal=True, keys=(torch.arange(40) % 5 > 0).expand(2, 40))

    gone_on, at_once = in_pieces(pooling, streams, pieces, mask), pooling(streams, mask)

    assert_close(gone_on, at_once)
    leaves = [streams.k, streams.v, pooling.seeds]
    direction = torch.randn_like(at_once)
    assert_close(grad(gone_on, leaves, direction), grad(at_once, leaves, direction))


def test_it_is_induced_attention_with_one_point():
    pooling, induced = build(), Induced(SIZE, points=1).double()
    induced.points.data = pooling.seeds.data.mT
    streams = drawn_for(induced, 7)

    assert_close(pooling(streams.replace(q=streams.q[..., :0])), induced(streams))


@pytest.mark.parametrize("causal", [False, True])
def test_the_gradient_is_the_slope(causal):
    pooling = build()
    _, k, v = collecting(drawn_for(pooling, 4))

    assert gradcheck(lambda k, v: pooling(Streams(q=k[..., :0], k=k, v=v), Mask(causal=causal)), [k, v])


@pytest.mark.parametrize("mask", [Mask(), Mask(causal=True)])
def test_the_formula_counts_the_products(mask):
    pooling = Pooling(SIZE)

    assert pooling.cost(11, 11, mask).matmul_flops == counted_matmul_flops(pooling, 11, 11, mask)
