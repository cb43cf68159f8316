import pytest
import torch
from by_kernel import MASKED
from row_by_row import SIZE, drawn_for, exponential, read_by_row
from torch.testing import assert_close

from regard.attention import Streams
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


def test_it_is_induced_attention_with_one_point():
    pooling, induced = build(), Induced(SIZE, points=1).double()
    induced.points.data = pooling.seeds.data.mT
    streams = drawn_for(induced, 7)

    assert_close(pooling(streams.replace(q=streams.q[..., :0])), induced(streams))
