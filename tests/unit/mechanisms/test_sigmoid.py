import math

import pytest
import torch
from row_by_row import (
    EVERY_PART,
    SIZE,
    drawn,
    masks,
    read_by_row,
    under,
)

from regard.attention import Mask
from regard.mechanisms.sigmoid import Sigmoid


def bias_by_readable_keys(scores):
    return 1 / (1 + (-(scores - math.log(len(scores)))).exp())


class BiasByLength(Sigmoid):
    """Planted: the bias counts all keys, hidden ones too."""

    def normalize(self, scores, mask):
        return (scores - math.log(scores.shape[3])).sigmoid()


@pytest.mark.parametrize("m", [9, 12])
@under(*EVERY_PART)
def test_it_is_the_sigmoid_of_the_scores_minus_the_log_of_the_readable_keys(part, m):
    streams, mask = drawn(9, m), masks(*EVERY_PART, n=9, m=m)[part]

    torch.testing.assert_close(
        Sigmoid(SIZE)(streams, mask), read_by_row(streams, mask, bias_by_readable_keys)
    )


@pytest.mark.parametrize("part", ["keys", "causal"])
def test_a_bias_that_counts_hidden_keys_is_caught(part):
    streams, mask = drawn(9), masks(part, n=9)[part]
    expected = read_by_row(streams, mask, bias_by_readable_keys)

    assert not torch.allclose(BiasByLength(SIZE)(streams, mask), expected)


def test_equal_scores_of_zero_weigh_one_over_the_number_of_keys_plus_one():
    streams = drawn(4, 7)
    weights = Sigmoid(SIZE).weights(streams.replace(q=0 * streams.q), Mask())

    torch.testing.assert_close(weights, torch.full_like(weights, 1 / 8))


def test_half_precision_does_not_round_the_bias():
    streams = drawn(300).map(lambda each: each.bfloat16())
    level = streams.replace(q=0 * streams.q, v=torch.ones_like(streams.v))

    mixed = Sigmoid(SIZE)(level)

    assert mixed.dtype == torch.bfloat16
    # log 300 in bfloat16 would be off by 1.5 %
    torch.testing.assert_close(mixed.double(), torch.full_like(mixed.double(), 300 / 301), rtol=0, atol=0.005)
