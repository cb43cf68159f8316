import pytest
import torch
from row_by_row import SIZE, counted_matmul_flops, drawn, masks, read_by_row, stepped

from regard.attention import Mask
from regard.attention.laws import Subject, judge
from regard.mechanisms.uniform import Uniform


def equal_shares(scores):
    return torch.full_like(scores, 1 / len(scores))


class DividesByLength(Uniform):
    """Planted: padding is not read, but counted."""

    def forward(self, q, k, v, mask):
        return super().forward(q, k, mask.readable(v), Mask(causal=mask.causal))


@pytest.mark.parametrize("m", [1, 5, 9, 14])
@pytest.mark.parametrize("part", ["no mask", "causal", "keys", "all"])
def test_it_is_the_mean_of_what_may_be_read(part, m):
    q, k, v = drawn(9, m)
    mask = masks("causal", "keys", n=9, m=m)[part]

    torch.testing.assert_close(Uniform(SIZE)(q, k, v, mask), read_by_row(q, k, v, mask, equal_shares))


def test_counting_the_padding_is_caught():
    assert judge(Subject(DividesByLength), "padding_length").outcome == "broken"
    assert judge(Subject(Uniform), "padding_length").outcome == "holds"


def test_a_long_sequence_keeps_its_mean_in_half_precision():
    v = torch.ones(1, 2, 4096, 3, dtype=torch.bfloat16)
    q = torch.zeros(1, 2, 4096, 5, dtype=torch.bfloat16)

    assert torch.equal(Uniform(SIZE)(q, q, v, Mask(causal=True)), v)


def test_one_position_at_a_time_is_the_mean_so_far():
    uniform, (q, k, v) = Uniform(SIZE), drawn(9)

    torch.testing.assert_close(stepped(uniform, q, k, v), uniform(q, k, v, Mask(causal=True)))


def test_it_multiplies_no_matrices():
    assert Uniform(SIZE).cost(6, 11).matmul_flops == counted_matmul_flops(Uniform(SIZE), 6, 11) == 0
