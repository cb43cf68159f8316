import torch

from regard.attention import Mask
from regard.attention.kernels.ranks import Ranks

KEYS = torch.tensor([[False, True, True, False, True], [True, True, False, False, False]])
CPU = torch.device("cpu")


def test_without_padding_ranks_are_positions():
    ranks = Ranks.of(Mask(start=2), 3, CPU)

    assert (ranks.before.tolist(), ranks.new.tolist(), ranks.total.tolist()) == ([[2]], [[2, 3, 4]], [[5]])


def test_padding_has_the_rank_of_the_last_real_position_before_it():
    ranks = Ranks.of(Mask(keys=KEYS), 5, CPU)

    assert ranks.new.tolist() == [[-1, 0, 1, 1, 2], [0, 1, 1, 1, 1]]
    assert ranks.total.tolist() == [[3], [2]]


def test_new_positions_are_counted_behind_those_before():
    ranks = Ranks.of(Mask(keys=KEYS, start=2), 3, CPU)

    assert ranks.before.tolist() == [[1], [2]]
    assert ranks.new.tolist() == [[1, 1, 2], [1, 1, 1]]
