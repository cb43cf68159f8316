import torch
from row_by_row import SIZE, drawn_for
from torch.testing import assert_close

from regard.attention import Mask
from regard.attention.kernels.decay_gate import CLOSED
from regard.mechanisms.gated_delta import GatedDelta


def test_a_write_of_no_strength_only_lets_the_memory_decay():
    mechanism = GatedDelta(SIZE).double()
    streams = drawn_for(mechanism, 1)
    state = torch.randn(2, 2, 5, 3, dtype=torch.float64)

    _, after = mechanism.extend(
        streams.replace(beta=torch.full_like(streams.beta, CLOSED)), Mask(causal=True, start=1), state
    )

    assert_close(after, mechanism.gate(streams.decay).exp() * state)


def test_strengths_reach_2_with_negative_eigenvalues_alone():
    assert GatedDelta(SIZE).largest_strength == 1
    assert GatedDelta(SIZE, negative_eigenvalues=True).largest_strength == 2
