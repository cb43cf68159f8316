import torch
from torch.testing import assert_close

from regard.attention.kernels.last_real import held, last_real


def column(*numbers):
    return torch.tensor(numbers, dtype=torch.float64).view(1, 1, -1, 1)


def test_each_position_finds_the_last_real_one_before_it():
    last = last_real(column(0, 1, 1, 0, 0, 1, 0))

    before, after = held(column(9), column(10, 11, 12, 13, 14, 15, 16), last)

    assert_close(before, column(9, 9, 11, 12, 12, 12, 15))
    assert_close(after, column(15))


def test_where_all_are_hidden_the_first_is_held():
    before, after = held(column(9), column(10, 11), last_real(column(0, 0)))

    assert_close(before, column(9, 9))
    assert_close(after, column(9))
