import math

import pytest
import torch
from row_by_row import SIZE
from torch.testing import assert_close

from regard.attention import Mask, Size, Streams
from regard.attention.kernels.decay_gate import CLOSED
from regard.core.errors import InvalidOption
from regard.mechanisms.delta_product import DeltaProduct

LOUD = 1e4
"""Where SiLU leaves a positive number as it is."""


def key(angle):
    return LOUD * torch.tensor([math.cos(angle), math.sin(angle)], dtype=torch.float64).view(1, 1, 1, 2)


def test_two_reflections_turn_the_memory():
    """By twice the angle between their keys (section 3): what one step of a position cannot do."""
    size = Size(heads=1, key_features=2, value_features=1, length=2)
    mechanism = DeltaProduct(size).double()
    nothing = torch.zeros(1, 1, 1, 1, dtype=torch.float64)
    streams = Streams(
        q=key(0.0),
        k=key(math.pi / 4),
        v=nothing,
        more_keys=key(math.pi / 2),
        more_values=nothing,
        beta=torch.full((1, 1, 1, 2), -CLOSED, dtype=torch.float64),
        decay=nothing + CLOSED,
    )
    state = torch.tensor([0.6, 0.8], dtype=torch.float64).view(1, 1, 2, 1)

    _, after = mechanism.extend(streams, Mask(causal=True, start=1), state)

    quarter_turn = torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.float64)
    assert_close(after, quarter_turn @ state)


def test_no_step_at_all_is_refused():
    with pytest.raises(InvalidOption, match="steps must be at least 1, not 0"):
        DeltaProduct(SIZE, steps=0)
