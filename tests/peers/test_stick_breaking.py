import pytest
from peer_files import naive
from row_by_row import SIZE, drawn
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms.stick_breaking import StickBreaking


@pytest.mark.parametrize("own", [False, True])
def test_it_is_the_reference_of_flash_linear_attention(own):
    streams = drawn(100)
    # there heads come after positions
    given = (each.transpose(1, 2) for each in streams)

    expected, _ = naive("stickbreaking_attn").naive_stickbreaking_attn(*given, attend_current=own)

    mixed = StickBreaking(SIZE, own=own)(streams, Mask(causal=True))
    assert_close(mixed, expected.transpose(1, 2), atol=1e-5, rtol=1e-5)
