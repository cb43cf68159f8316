import math
from dataclasses import replace

import pytest
import torch
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

from regard.attention import Mask
from regard.mechanisms.differential import Differential


def build(layer=0):
    torch.manual_seed(0)
    differential = Differential(replace(SIZE, layer=layer, layers=4)).double()
    torch.nn.init.uniform_(differential.gain, 0.5, 1.5)
    return differential


def normalized(x, gain):
    """Every row divided by its root mean square, number by number."""
    rows = [row * gain / math.sqrt((row @ row).item() / len(row) + 1e-5) for row in x.flatten(0, 2)]
    return torch.stack(rows).view_as(x)


@pytest.mark.parametrize("m", [9, 12])
@under(*EVERY_PART)
@torch.no_grad()
def test_what_the_second_map_reads_is_taken_away_and_the_rest_normalized(part, m):
    differential, mask = build(), masks(*EVERY_PART, n=9, m=m)[part]
    streams = drawn_for(differential, 9, m)
    (a1, a2), (b1, b2) = differential.vectors[:, 0], differential.vectors[:, 1]
    weight = math.exp(sum(a1 * b1)) - math.exp(sum(a2 * b2)) + 0.2

    first = read_by_row(streams, mask, exponential)
    second = read_by_row(streams.replace(q=streams.q2, k=streams.k2), mask, exponential)
    expected = 0.8 * normalized(first - weight * second, differential.gain)

    assert_close(differential(streams, mask), expected, atol=1e-6, rtol=1e-6)


def test_deeper_layers_start_with_a_larger_weight():
    starts = [build(layer).first for layer in range(4)]

    assert_close(starts, [0.8 - 0.6 * math.exp(-0.3 * layer) for layer in range(4)])


def test_two_equal_maps_at_weight_1_cancel():
    differential = build()
    streams = drawn_for(differential, 9)
    torch.nn.init.zeros_(differential.vectors)
    differential.first = 1.0

    mixed = differential(streams.replace(q2=streams.q, k2=streams.k), Mask())

    assert not mixed.any()


def test_both_forms_are_one():
    differential = build()
    streams = drawn_for(differential, 9)
    fused = differential(streams, Mask(causal=True))

    differential.forced_form = "plain"

    assert_close(differential(streams, Mask(causal=True)), fused)


def test_it_costs_two_softmax_attentions():
    assert Differential(SIZE).cost(9, 9).matmul_flops == counted_matmul_flops(Differential(SIZE), 9, 9)
