import torch
from peer_files import naive
from row_by_row import SIZE, drawn_for
from torch.nn.functional import normalize
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms.path import Path


def test_it_is_the_reference_of_flash_linear_attention():
    path = Path(SIZE)
    streams = drawn_for(path, 150)
    # there heads come after positions, and a forget gate may add to the scores
    q, k, v, w = (x.transpose(1, 2) for x in (streams.q, streams.k, streams.v, normalize(streams.w, dim=-1)))
    beta = 2 * streams.beta.sigmoid().squeeze(-1).transpose(1, 2)

    expected = naive("path_attn").naive_path_attn(q, k, v, w, beta, torch.zeros_like(beta), scale=5**-0.5)

    mixed = path(streams, Mask(causal=True))
    assert_close(mixed, expected.transpose(1, 2), atol=1e-5, rtol=1e-5)
