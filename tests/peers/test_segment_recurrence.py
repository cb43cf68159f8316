import types

import torch
from peer_files import definition
from row_by_row import drawn
from torch import nn
from torch.testing import assert_close

from regard.attention import Mask, Size
from regard.mechanisms.segment_recurrence import SegmentRecurrence

FILE = "transformers/models/xlnet/modeling_xlnet.py"
SEGMENT, MEMORY, WAVES = 5, 4, 6
SIZE = Size(heads=2, key_features=WAVES, value_features=3, length=2 * SEGMENT)


def test_it_is_the_relative_attention_of_xlnet_which_is_that_of_transformer_xl():
    attention = definition("transformers", FILE, "XLNetRelativeAttention", torch=torch, nn=nn)
    ours, streams = SegmentRecurrence(SIZE, segment=SEGMENT, memory=MEMORY), drawn(2 * SEGMENT, size=SIZE)
    streams = streams.map(lambda each: each.float())
    for vector in (ours.content, ours.distance):
        torch.nn.init.normal_(vector)
    settings = {"d_model": 2 * WAVES, "n_head": 2, "d_head": WAVES, "layer_norm_eps": 1e-6, "dropout": 0.0}
    peer = attention(types.SimpleNamespace(**settings))
    peer.r_w_bias.data = ours.content.detach().flatten(1)
    peer.r_r_bias.data = ours.distance.detach().flatten(1)
    # from the farthest key to one behind the last query, as there
    frequencies = 10_000 ** (-torch.arange(0, WAVES, 2) / WAVES)
    distances = torch.arange(MEMORY + SEGMENT, -SEGMENT, -1.0)
    angles = distances[:, None] * frequencies
    waves = torch.cat([angles.sin(), angles.cos()], 1)
    # there positions come first, then examples, then heads
    q, k, v = (each.permute(2, 0, 1, 3) for each in streams)
    relative = torch.einsum("tw,hwd->thd", waves, ours.relative).unsqueeze(1)
    read = slice(SEGMENT - MEMORY, None)
    future = torch.ones(SEGMENT, MEMORY + SEGMENT).triu(MEMORY + 1)[:, :, None, None]

    mixed = ours(streams, Mask(causal=True))

    expected = peer.rel_attn_core(q[SEGMENT:], k[read], v[read], relative, attn_mask=future)
    assert_close(mixed[:, :, SEGMENT:], expected.permute(1, 2, 0, 3), atol=1e-5, rtol=1e-5)
