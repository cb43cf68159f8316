import torch
from row_by_row import SIZE, drawn_for

from regard.attention import Mask
from regard.attention.kernels.decay_gate import CLOSED
from regard.mechanisms.state_space_dual import StateSpaceDual


def test_a_step_of_no_size_leaves_the_memory_as_it_is():
    mechanism = StateSpaceDual(SIZE).double()
    streams = drawn_for(mechanism, 1)
    state = torch.randn(2, 2, 5, 3, dtype=torch.float64)

    _, after = mechanism.extend(
        streams.replace(step=torch.full_like(streams.step, CLOSED)), Mask(causal=True, start=1), state
    )

    assert torch.equal(after, state)
