import torch
from peer_files import naive
from row_by_row import SIZE, drawn
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms.sink import Sink


def test_it_is_the_reference_of_flash_linear_attention():
    sink, streams = Sink(SIZE).double(), drawn(100)
    torch.nn.init.normal_(sink.logit)
    # there heads come after positions
    given = (each.transpose(1, 2) for each in streams)

    expected, _ = naive("attn").naive_parallel_attn(*given, sink_bias=sink.logit.flatten())

    mixed = sink(streams, Mask(causal=True))
    assert_close(mixed, expected.transpose(1, 2), atol=1e-5, rtol=1e-5)
