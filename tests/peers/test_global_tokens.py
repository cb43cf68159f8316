"""Global tokens against the Longformer of transformers, its second projections made equal to the first."""

import math
from types import SimpleNamespace

import torch
from peer_files import definition
from torch import nn
from torch.testing import assert_close

from regard.attention import Mask, Size, Streams
from regard.mechanisms.global_tokens import GlobalTokens

FILE = "transformers/models/longformer/modeling_longformer.py"
SIZES = {"hidden_size": 8, "num_attention_heads": 2, "attention_window": [8]}
"""Its window is that of both sides together."""


def test_it_is_the_attention_of_longformer():
    longformer = definition("transformers", FILE, "LongformerSelfAttention", torch=torch, nn=nn, math=math)
    torch.manual_seed(0)
    peer = longformer(SimpleNamespace(**SIZES, attention_probs_dropout_prob=0.0, onnx_export=False), 0).eval()
    for name in ("query", "key", "value"):
        getattr(peer, f"{name}_global").load_state_dict(getattr(peer, name).state_dict())
    x, place = torch.randn(2, 32, 8), torch.arange(32)
    real, first = place < torch.tensor([[32], [25]]), (place < 2).expand(2, -1)
    kinds = torch.zeros(2, 32).masked_fill(first, 1e4).masked_fill(~real, -1e4)
    q, k, v = (part(x).reshape(2, 32, 2, 4).transpose(1, 2) for part in (peer.query, peer.key, peer.value))

    (expected, *_) = peer(
        x,
        attention_mask=kinds,
        is_index_masked=~real,
        is_index_global_attn=first,
        is_global_attn=True,
    )

    mechanism = GlobalTokens(Size(2, 4, 4, 32), window=4, tokens=2)
    mixed = mechanism(Streams(q=q, k=k, v=v), Mask(keys=real)).transpose(1, 2).flatten(2)
    assert_close(mixed[real], expected[real], atol=1e-5, rtol=1e-5)
