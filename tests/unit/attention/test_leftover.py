import copy

import torch

from regard.attention.leftover import Leftover


def test_what_is_left_can_be_taken_once():
    leftover, value = Leftover(), torch.ones(())

    leftover.leave(value)

    assert leftover.take() is value
    assert leftover.take() is None


def test_a_copy_starts_with_nothing():
    leftover = Leftover()
    leftover.leave(torch.ones((), requires_grad=True) * 2)

    assert copy.deepcopy(leftover).take() is None
    assert copy.copy(leftover).take() is None
    assert leftover.take() is not None
