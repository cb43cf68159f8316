import math

import torch
from row_by_row import SIZE, drawn, masks, read_by_row, under

from regard.attention import Mask, Streams
from regard.mechanisms.identity import Identity


class ForgetsTheMask(Identity):
    """Planted: hidden positions keep their values."""

    def forward(self, streams, mask):
        return streams.v


def own_value(streams, mask):
    return read_by_row(streams, mask, torch.ones_like, reads=lambda i, j: i == j)


@under("causal", "keys")
def test_each_position_keeps_its_own_value_and_hidden_ones_none(part):
    streams, mask = drawn(9), masks("causal", "keys", n=9)[part]
    identity, value = Identity(SIZE), Streams(v=streams.v)

    assert torch.equal(identity(value, mask), own_value(streams, mask))
    assert torch.equal(identity.weights(value, mask) @ streams.v, identity(value, mask))


def test_a_hidden_value_that_stays_is_caught():
    streams, mask = drawn(9), masks("keys", n=9)["keys"]

    assert not torch.equal(ForgetsTheMask(SIZE)(Streams(v=streams.v), mask), own_value(streams, mask))


def test_a_hidden_value_that_is_no_number_gives_zero():
    v = drawn(4).v
    v[:, :, 2] = math.nan
    keys = torch.tensor([True, True, False, True]).expand(2, 4)

    assert (Identity(SIZE)(Streams(v=v), Mask(keys=keys))[:, :, 2] == 0).all()


def test_it_reads_values_alone():
    assert Identity(SIZE).declared.names == ("v",)
