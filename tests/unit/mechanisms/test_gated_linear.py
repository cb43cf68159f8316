import torch
from row_by_row import SIZE, drawn_for
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms.gated_linear import GatedLinear


def test_a_gate_of_one_half_keeps_its_sixteenth_root():
    mechanism = GatedLinear(SIZE).double()
    streams = drawn_for(mechanism, 1)
    state = torch.randn(2, 2, 5, 3, dtype=torch.float64)

    _, after = mechanism.extend(
        streams.replace(decay=0 * streams.decay, v=0 * streams.v), Mask(causal=True, start=1), state
    )

    assert_close(after, 0.5 ** (1 / 16) * state)
