import pytest
import torch
from row_by_row import SIZE, drawn_for
from torch.testing import assert_close

from regard.attention import Mask
from regard.core.errors import InvalidOption
from regard.mechanisms.gated_slot import GatedSlot

OPEN = 200.0


def test_a_slot_that_is_kept_takes_nothing_and_one_that_is_not_holds_the_last_key():
    mechanism = GatedSlot(SIZE, slots=2).double()
    streams = drawn_for(mechanism, 3)
    keep = torch.tensor([OPEN, -1e4], dtype=torch.float64).expand(2, 2, 3, 2)

    _, memory = mechanism.extend(streams.replace(keep=keep), Mask(causal=True), mechanism.initial_state(2))

    assert_close(memory.v[:, :, 0], 0 * memory.v[:, :, 0])
    assert_close(memory.v[:, :, 1], streams.v[:, :, 2])


def test_with_one_slot_every_query_reads_the_same():
    mechanism = GatedSlot(SIZE, slots=1).double()

    out = mechanism(drawn_for(mechanism, 6), Mask())

    assert_close(out, out[:, :, :1].expand_as(out))


def test_no_slots_are_refused():
    with pytest.raises(InvalidOption, match="slots must be at least 1, not 0"):
        GatedSlot(SIZE, slots=0)
