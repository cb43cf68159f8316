import math

import pytest
import torch
from row_by_row import (
    EVERY_PART,
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
from regard.mechanisms.softmax import Softmax
from regard.mechanisms.talking_heads import TalkingHeads


def build():
    torch.manual_seed(0)
    heads = TalkingHeads(SIZE).double()
    torch.nn.init.normal_(heads.before)
    torch.nn.init.normal_(heads.after)
    return heads


def read_by_pair(heads, streams, mask):
    """Every score and every weight mixed from those of all heads, number by number."""
    q, k, v = streams
    mixed = torch.zeros(*q.shape[:3], v.shape[3], dtype=torch.float64)
    for b, i in torch.cartesian_prod(torch.arange(len(q)), torch.arange(q.shape[2])).tolist():
        readable = [j for j in range(k.shape[2]) if may_read(mask, b, i, j)]
        if not readable:
            continue
        scores = [[q[b, h, i] @ k[b, h, j] / math.sqrt(q.shape[3]) for j in readable] for h in range(2)]
        weights = []
        for h in range(2):
            row = [
                sum(heads.before[h, g] * scores[g][c] for g in range(2)) + bias_of(mask, h, i, j)
                for c, j in enumerate(readable)
            ]
            weights.append(exponential(torch.stack(row)))
        for h in range(2):
            talked = sum(heads.after[h, g] * weights[g] for g in range(2))
            mixed[b, h, i] = talked @ v[b, h, readable]
    return mixed


@pytest.mark.parametrize("m", [9, 12])
@under(*EVERY_PART)
@torch.no_grad()
def test_scores_and_weights_are_mixed_over_the_heads(part, m):
    heads, streams, mask = build(), drawn(9, m), masks(*EVERY_PART, n=9, m=m)[part]

    assert_close(heads(streams, mask), read_by_pair(heads, streams, mask))


def test_it_starts_as_softmax():
    streams = drawn(9)

    assert_close(TalkingHeads(SIZE).double()(streams, Mask()), Softmax(SIZE)(streams, Mask()))


def test_both_mixtures_are_in_the_formula_for_products():
    heads = TalkingHeads(SIZE)

    assert heads.cost(9, 12).matmul_flops == counted_matmul_flops(heads, 9, 12)
