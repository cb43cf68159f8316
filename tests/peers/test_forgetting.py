from peer_files import naive
from row_by_row import SIZE, drawn_for
from torch.nn.functional import logsigmoid
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms.forgetting import Forgetting


def test_it_is_the_reference_of_flash_linear_attention():
    forgetting = Forgetting(SIZE)
    streams = drawn_for(forgetting, 100)
    # there heads come after positions
    q, k, v = (x.transpose(1, 2) for x in (streams.q, streams.k, streams.v))
    gates = logsigmoid(streams.forget).squeeze(-1).transpose(1, 2)

    expected = naive("forgetting_attn").naive_forgetting_attn(q.float(), k.float(), v.float(), gates.float())

    mixed = forgetting(streams, Mask(causal=True))
    assert_close(mixed.float(), expected.transpose(1, 2), atol=1e-5, rtol=1e-5)
