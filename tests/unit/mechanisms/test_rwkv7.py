import math

import torch
from row_by_row import SIZE, drawn_for
from torch.testing import assert_close

from regard.attention import Mask
from regard.attention.kernels.unit import of_length_one
from regard.mechanisms.rwkv7 import NOTHING, Rwkv7


def after_one_position(state, **given):
    mechanism = Rwkv7(SIZE).double()
    streams = drawn_for(mechanism, 1)
    filled = {name: torch.full_like(getattr(streams, name), value) for name, value in given.items()}
    streams = streams.replace(**filled)
    return streams, mechanism.extend(streams, Mask(causal=True, start=1), state)[1]


def test_no_feature_ever_keeps_less_than_the_strongest_decay_leaves():
    state = torch.ones(2, 2, 5, 3, dtype=torch.float64)

    _, after = after_one_position(state, decay=1e6, rate=NOTHING, v=0.0)

    assert_close(after, math.exp(-math.exp(-0.5)) * state)


def test_a_rate_of_1_takes_away_all_that_the_key_held():
    state = torch.randn(2, 2, 5, 3, dtype=torch.float64)

    streams, after = after_one_position(state, decay=NOTHING, rate=-NOTHING, v=0.0)

    held = of_length_one(streams.k) @ after
    assert_close(held, torch.zeros_like(held), atol=1e-5, rtol=0)
