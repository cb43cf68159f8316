import math

import pytest
import torch
from row_by_row import SIZE, counted_matmul_flops, drawn, masks, read_by_row, stepped

from regard.attention import Mask
from regard.attention.laws import Subject, judge
from regard.attention.scores import scaled_scores
from regard.mechanisms.sigmoid import Sigmoid

PARTS = "causal", "keys", "edges", "window", "slopes"


def bias_by_readable_keys(scores):
    return 1 / (1 + (-(scores - math.log(len(scores)))).exp())


class BiasByLength(Sigmoid):
    """Planted: the bias counts all keys, hidden ones too."""

    def weights(self, q, k, mask):
        return (scaled_scores(q, k, mask) - math.log(k.shape[2])).sigmoid()


@pytest.mark.parametrize("m", [9, 12])
@pytest.mark.parametrize("part", ["no mask", *PARTS, "all"])
def test_it_is_the_sigmoid_of_the_scores_minus_the_log_of_the_readable_keys(part, m):
    q, k, v = drawn(9, m)
    mask = masks(*PARTS, n=9, m=m)[part]

    torch.testing.assert_close(
        Sigmoid(SIZE)(q, k, v, mask), read_by_row(q, k, v, mask, bias_by_readable_keys)
    )


def test_equal_scores_of_zero_weigh_one_over_the_number_of_keys_plus_one():
    q, k, _ = drawn(4, 7)

    torch.testing.assert_close(Sigmoid(SIZE).weights(0 * q, k, Mask()), torch.full_like(q @ k.mT, 1 / 8))


def test_one_position_at_a_time_is_causal_attention():
    q, k, v = drawn(9)
    sigmoid = Sigmoid(SIZE)

    torch.testing.assert_close(stepped(sigmoid, q, k, v), sigmoid(q, k, v, Mask(causal=True)))


@pytest.mark.parametrize("law", ["padding_length", "causality_cut"])
def test_a_bias_that_counts_hidden_keys_is_caught(law):
    assert judge(Subject(BiasByLength), law).outcome == "broken"
    assert judge(Subject(Sigmoid), law).outcome == "holds"


def test_half_precision_does_not_round_the_bias():
    q, k, v = (part.bfloat16() for part in drawn(300))
    mixed = Sigmoid(SIZE)(0 * q, k, torch.ones_like(v))

    assert mixed.dtype == torch.bfloat16
    # log 300 in bfloat16 would be off by 1.5 %
    torch.testing.assert_close(mixed.double(), torch.full_like(mixed.double(), 300 / 301), rtol=0, atol=0.005)


def test_the_formula_counts_the_products_that_torch_counts():
    assert Sigmoid(SIZE).cost(6, 11).matmul_flops == counted_matmul_flops(Sigmoid(SIZE), 6, 11)
