import torch
from row_by_row import SIZE, drawn_for
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms.log_linear import EVEN, LogLinear


def test_a_sequence_of_16_has_a_level_for_itself_and_one_for_each_power_of_two():
    assert LogLinear(SIZE).declared.shares.features == 5


def test_a_share_of_one_level_alone_reads_its_stretch_of_the_past():
    mechanism = LogLinear(SIZE).double()
    streams = drawn_for(mechanism, 16)
    only = torch.full_like(streams.shares, -1e4)
    only[..., 3] = EVEN

    weights = mechanism.weights(streams.replace(shares=only), Mask(causal=True))

    # of position 13, binary 1101: 12 is level 1, then come 8 to 11
    assert (weights[:, :, 13] != 0).flatten(0, 1).all(0).nonzero().flatten().tolist() == [8, 9, 10, 11]
    assert (weights[:, :, 13, :8] == 0).all()


def test_what_lies_further_back_than_the_length_is_in_the_last_level():
    mechanism = LogLinear(SIZE).double()
    streams = drawn_for(mechanism, 40)
    without_last = streams.shares.clone()
    without_last[..., -1] = -1e4

    weights = mechanism.weights(streams.replace(shares=without_last), Mask(causal=True))

    assert_close(weights[:, :, 39, :32], 0 * weights[:, :, 39, :32])
    assert (weights[:, :, 39, 36:40] != 0).all()
