import math

import pytest
import torch
from row_by_row import SIZE, counted_matmul_flops, drawn, masks, read_by_row, stepped

from regard.attention import Mask
from regard.attention.laws import Subject, judge
from regard.mechanisms.softmax import Softmax


def exponentials(scores):
    shares = [math.exp(score) for score in scores.tolist()]
    return torch.tensor(shares, dtype=torch.float64) / sum(shares)


class Unscaled(Softmax):
    """Planted: the scores are not divided by the root of d."""

    def forward(self, q, k, v, mask):
        return super().forward(q * q.shape[-1] ** 0.5, k, v, mask)


@pytest.mark.parametrize("m", [1, 5, 9, 14])
@pytest.mark.parametrize("part", ["no mask", "causal", "keys", "edges", "window", "slopes", "all"])
def test_it_is_the_papers_sum_row_by_row(part, m):
    q, k, v = drawn(9, m)
    mask = masks("causal", "keys", "edges", "window", "slopes", n=9, m=m)[part]

    torch.testing.assert_close(Softmax(SIZE)(q, k, v, mask), read_by_row(q, k, v, mask, exponentials))


def test_forgetting_the_root_of_d_is_caught():
    assert judge(Subject(Unscaled), "weights_times_values").outcome == "broken"
    assert judge(Subject(Softmax), "weights_times_values").outcome == "holds"


def test_one_position_at_a_time_is_the_causal_form():
    softmax, (q, k, v) = Softmax(SIZE), drawn(9)

    torch.testing.assert_close(stepped(softmax, q, k, v), softmax(q, k, v, Mask(causal=True)))


def test_its_formula_counts_both_products():
    assert Softmax(SIZE).cost(6, 11).matmul_flops == counted_matmul_flops(Softmax(SIZE), 6, 11)
