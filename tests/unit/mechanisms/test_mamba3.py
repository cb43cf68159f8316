import math

import pytest
import torch
from row_by_row import SIZE, drawn_for
from torch.testing import assert_close

from regard.attention import Mask, Size, Streams
from regard.mechanisms.mamba3 import ALL, Mamba3

LOUD = 20.0
"""A stream whose tanh is 1."""


@pytest.mark.parametrize("causal", [False, True])
def test_it_counts_modulo_2(causal):
    """What no memory that only decays can do: each 1 turns it by half a circle, each 0 leaves it."""
    bits = torch.randint(2, (1, 1, 50, 1), generator=torch.Generator().manual_seed(0)).double()
    mechanism = Mamba3(Size(heads=1, key_features=2, value_features=1, length=51)).double()
    with torch.no_grad():
        mechanism.gate.log_rate.fill_(-60.0)  # it keeps all
        mechanism.gate.bias.fill_(math.log(math.expm1(1.0)))  # by steps of 1
        mechanism.bias_q.zero_()
        mechanism.bias_k.zero_()
    first = torch.eye(51, 1, dtype=torch.float64).view(1, 1, 51, 1)
    along = torch.tensor([1.0, 0.0], dtype=torch.float64).expand(1, 1, 51, 2)
    turn = torch.cat([torch.zeros(1, 1, 1, 1), LOUD * bits], 2)
    streams = Streams(q=along, k=along, v=first, step=0 * first, share=ALL + 0 * first, turn=turn)

    out = mechanism(streams, Mask(causal=causal))

    parity = torch.cat([0 * bits[:, :, :1], bits], 2).cumsum(2) if causal else bits.sum(2, keepdim=True)
    assert_close(out, (1 - 2 * (parity % 2)).expand_as(out))


def test_half_the_share_writes_the_last_position_once_more():
    mechanism = Mamba3(SIZE).double()
    torch.nn.init.constant_(mechanism.gate.log_rate, -60.0)
    streams = drawn_for(mechanism, 2)
    streams = streams.replace(turn=0 * streams.turn, share=0 * streams.share)

    _, memory = mechanism.extend(streams, Mask(causal=True), mechanism.initial_state(2))

    k, step = streams.k + mechanism.bias_k, mechanism.gate.steps(streams.step)
    weights = torch.cat([step[:, :, :1] + step[:, :, 1:], step[:, :, 1:]], 2) / 2
    assert_close(memory.sums, k.mT @ (weights * streams.v))


def test_the_last_real_position_is_written_once_more_behind_padding():
    mechanism = Mamba3(SIZE).double()
    streams = drawn_for(mechanism, 6)
    real = torch.tensor([True, True, False, False, True, False])
    alone = mechanism(streams.map(lambda each: each[:, :, real]), Mask(causal=True))

    padded = mechanism(streams, Mask(causal=True, keys=real.expand(2, 6)))

    assert_close(padded[:, :, real], alone)
