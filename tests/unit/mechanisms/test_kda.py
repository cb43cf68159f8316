import torch
from row_by_row import SIZE, drawn_for
from torch.testing import assert_close

from regard.attention import Mask
from regard.attention.kernels.decay_gate import CLOSED
from regard.mechanisms.kda import Kda


def test_each_feature_decays_at_a_rate_of_its_own():
    mechanism = Kda(SIZE).double()
    streams = drawn_for(mechanism, 1)
    state = torch.ones(2, 2, 5, 3, dtype=torch.float64)
    decay = torch.tensor([CLOSED, CLOSED, CLOSED, 200.0, 200.0], dtype=torch.float64).expand(2, 2, 1, 5)

    _, after = mechanism.extend(
        streams.replace(beta=torch.full_like(streams.beta, CLOSED), decay=decay),
        Mask(causal=True, start=1),
        state,
    )

    assert_close(after[..., :3, :], state[..., :3, :])
    assert_close(after[..., 3:, :], 0 * state[..., 3:, :])
