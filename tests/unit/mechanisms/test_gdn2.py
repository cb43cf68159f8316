import torch
from row_by_row import SIZE, drawn_for
from torch.testing import assert_close

from regard.attention import Mask
from regard.attention.kernels.decay_gate import CLOSED
from regard.attention.kernels.unit import unit
from regard.mechanisms.gdn2 import Gdn2


def after_one_position(**gates):
    """A memory of ones, not decayed, after one position; its key, and its value."""
    mechanism = Gdn2(SIZE).double()
    streams = drawn_for(mechanism, 1)
    closed = {name: torch.full_like(getattr(streams, name), value) for name, value in gates.items()}
    streams = streams.replace(decay=torch.full_like(streams.decay, CLOSED), **closed)
    state = torch.ones(2, 2, 5, 3, dtype=torch.float64)
    return mechanism.extend(streams, Mask(causal=True, start=1), state)[1], unit(streams.k), streams.v


def test_without_erasing_a_value_is_added():
    memory, k, v = after_one_position(erase=CLOSED, write=-CLOSED)

    assert_close(memory, 1 + k.mT @ v)


def test_without_writing_what_the_key_held_is_taken_away():
    memory, k, _ = after_one_position(erase=-CLOSED, write=CLOSED)

    assert_close(k @ memory, torch.zeros(2, 2, 1, 3, dtype=torch.float64), atol=1e-5, rtol=0)
