import pytest
from row_by_row import (
    EVERY_PART,
    SIZE,
    counted_matmul_flops,
    drawn_for,
    exponential,
    masks,
    read_by_row,
    under,
)
from torch.testing import assert_close

from regard.attention import Mask, Size
from regard.mechanisms.differential_2 import Differential2
from regard.mechanisms.softmax import Softmax


@pytest.mark.parametrize("m", [9, 12])
@under(*EVERY_PART)
def test_what_the_second_query_reads_counts_against_the_first(part, m):
    differential, mask = Differential2(SIZE), masks(*EVERY_PART, n=9, m=m)[part]
    streams = drawn_for(differential, 9, m)

    first = read_by_row(streams, mask, exponential)
    second = read_by_row(streams.replace(q=streams.q2), mask, exponential)
    expected = first - second / (1 + (-streams.weight).exp())

    assert_close(differential(streams, mask), expected)


def test_weights_sum_to_what_is_left():
    differential = Differential2(SIZE)
    streams = drawn_for(differential, 9)

    weights = differential.weights(streams, Mask())

    assert (weights < 0).any()
    assert_close(weights.sum(-1, keepdim=True), 1 - streams.weight.sigmoid())


def test_a_shut_gate_leaves_softmax():
    near = Differential2.toward("softmax", SIZE)[-1]
    streams = drawn_for(Differential2(SIZE), 9)

    assert_close(near.mechanism(near.given(streams), Mask()), Softmax(SIZE)(streams, Mask()))


def test_both_queries_of_a_group_read_one_key():
    size = Size(heads=2, key_heads=1, key_features=5, value_features=3, length=9)
    streams = drawn_for(Differential2(SIZE), 9)
    shared = streams.replace(k=streams.k[:, :1], v=streams.v[:, :1])
    repeated = shared.replace(k=shared.k.expand(-1, 2, -1, -1), v=shared.v.expand(-1, 2, -1, -1))

    assert_close(Differential2(size)(shared, Mask()), Differential2(SIZE)(repeated, Mask()))


def test_it_costs_two_softmax_attentions():
    assert Differential2(SIZE).cost(9, 9).matmul_flops == counted_matmul_flops(Differential2(SIZE), 9, 9)
