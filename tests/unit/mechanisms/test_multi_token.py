import math

import pytest
import torch
from row_by_row import (
    SIZE,
    bias_of,
    counted_matmul_flops,
    drawn,
    exponential,
    masks,
    may_read,
    under,
)
from torch.testing import assert_close

from regard.attention import Mask
from regard.core.errors import InvalidOption
from regard.mechanisms.multi_token import MultiToken
from regard.mechanisms.softmax import Softmax

PARTS = "causal", "keys", "slopes", "table"


def build(**options):
    torch.manual_seed(0)
    mechanism = MultiToken(SIZE, **options).double()
    torch.nn.init.normal_(mechanism.kernel)
    return mechanism


def convolved(mechanism, streams, mask, b, h, i, j):
    """The score of a pair from those around it, number by number."""
    n, (rows, columns) = streams.q.shape[2], mechanism.kernel.shape[2:]
    total = torch.zeros((), dtype=torch.float64)
    for row in range(rows):
        for column in range(columns):
            at, key = i - (rows - 1 - row), j + column - columns // 2
            inside = 0 <= at < n and 0 <= key < n and may_read(mask, b, at, key)
            if inside and (mask.keys is None or mask.keys[b, at]):
                pair = streams.q[b, h, at] @ streams.k[b, h, key] / math.sqrt(SIZE.d)
                total = total + mechanism.kernel[h, 0, row, column] * pair
    return total + bias_of(mask, h, i, j)


def read_convolved(mechanism, streams, mask):
    v, n = streams.v, streams.q.shape[2]
    mixed = torch.zeros_like(v)
    for b, h, i in torch.cartesian_prod(*map(torch.arange, v.shape[:3])).tolist():
        readable = [j for j in range(n) if may_read(mask, b, i, j)]
        scores = [convolved(mechanism, streams, mask, b, h, i, j) for j in readable]
        if readable:
            mixed[b, h, i] = exponential(torch.stack(scores)) @ v[b, h, readable]
    return mixed


@under(*PARTS)
@pytest.mark.parametrize("options", [{}, {"queries": 2, "keys": 3}])
@torch.no_grad()
def test_scores_draw_on_earlier_queries_and_on_keys_around(options, part):
    mechanism, streams, mask = build(**options), drawn(9), masks(*PARTS, n=9)[part]
    real = torch.ones(2, 9, dtype=torch.bool) if mask.keys is None else mask.keys

    mixed = mechanism(streams, mask).transpose(1, 2)[real]

    assert_close(mixed, read_convolved(mechanism, streams, mask).transpose(1, 2)[real])


def test_it_starts_as_softmax():
    streams = drawn(9)

    assert_close(MultiToken(SIZE).double()(streams, Mask()), Softmax(SIZE)(streams, Mask()))


def test_a_kernel_of_one_query_and_key_scales_scores():
    mechanism, streams = build(queries=1, keys=1), drawn(9)
    scaled = streams.replace(q=streams.q * mechanism.kernel.detach().view(1, 2, 1, 1))

    assert_close(mechanism(streams, Mask()), Softmax(SIZE)(scaled, Mask()))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"queries": 0}, "queries must be from 1 to 1,024, not 0"),
        ({"keys": 4}, "keys must be odd and from 1 to 1,024"),
    ],
)
def test_a_kernel_without_a_center_is_refused(options, problem):
    with pytest.raises(InvalidOption, match=f"multi_token: {problem}"):
        MultiToken(SIZE, **options)


def test_the_convolution_is_in_the_formula():
    assert MultiToken(SIZE).cost(9, 9).matmul_flops == counted_matmul_flops(MultiToken(SIZE), 9, 9)
