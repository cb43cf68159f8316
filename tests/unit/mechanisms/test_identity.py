import math

import pytest
import torch
from row_by_row import SIZE, drawn, masks, read_by_row, stepped

from regard.attention import Mask
from regard.attention.laws import Subject, judge
from regard.core.errors import UnsupportedUse
from regard.mechanisms.identity import Identity


class ForgetsTheMask(Identity):
    """Planted: hidden positions keep their values."""

    def forward(self, q, k, v, mask):
        return v


@pytest.mark.parametrize("part", ["no mask", "causal", "keys", "all"])
def test_each_position_keeps_its_own_value_and_hidden_ones_none(part):
    q, k, v = drawn(9)
    mask = masks("causal", "keys", n=9)[part]
    expected = read_by_row(q, k, v, mask, torch.ones_like, reads=lambda i, j: i == j)

    assert torch.equal(Identity(SIZE)(q, k, v, mask), expected)


def test_a_hidden_value_that_stays_is_caught():
    assert judge(Subject(ForgetsTheMask), "weights_times_values").outcome == "broken"
    assert judge(Subject(Identity), "weights_times_values").outcome == "holds"


def test_a_hidden_value_that_is_no_number_gives_zero():
    q, k, v = drawn(4)
    v[:, :, 2] = math.nan
    keys = torch.tensor([True, True, False, True]).expand(2, 4)

    assert (Identity(SIZE)(q, k, v, Mask(keys=keys))[:, :, 2] == 0).all()


def test_one_position_at_a_time_is_the_same():
    q, k, v = drawn(9)

    assert torch.equal(stepped(Identity(SIZE), q, k, v), v)


def test_two_sequences_are_refused():
    with pytest.raises(UnsupportedUse, match="identity mixes one sequence with itself"):
        Identity(SIZE)(*drawn(4, 5))
