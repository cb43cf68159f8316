from peer_files import naive
from row_by_row import SIZE, drawn_for
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms.kda import Kda


def test_it_is_the_reference_of_flash_linear_attention():
    mechanism, mask = Kda(SIZE).double(), Mask(causal=True)
    streams = drawn_for(mechanism, 100)
    given = mechanism.prepare(streams, mask)
    # there heads come after positions, and values are weighed by beta within
    q, k, v, g = (x.transpose(1, 2) for x in (given.q, given.k, streams.v, given.g))
    beta = streams.beta.sigmoid().squeeze(-1).transpose(1, 2)

    expected, _ = naive("kda").naive_recurrent_kda(q, k, v, g, beta, scale=1.0)

    assert_close(mechanism(streams, mask), expected.transpose(1, 2).double(), atol=1e-5, rtol=1e-5)
