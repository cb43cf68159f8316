import math
import types

import torch
from peer_files import definition
from row_by_row import SIZE, drawn_for
from torch import nn
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms.qsa import Qsa

FILE = "transformers/models/qwen4_exp/modeling_qwen4_exp.py"
N, HEADS, C, BLOCK, KEEP = 45, 16, 8, 4, 3


def test_it_reads_what_the_indexer_of_qwen4_in_transformers_chooses_whatever_is_padding():
    """Its rotary positions are left out. A gain there is 1 plus a parameter.

    Where index scores are equal, as where no head finds anything, `topk` there takes any: here none are.
    """
    mechanism = Qsa(SIZE, block=BLOCK, keep=KEEP, index_heads=HEADS, index_features=C).double()
    streams = drawn_for(mechanism, N)
    around = {
        "torch": torch,
        "nn": nn,
        "math": math,
        "deprecate_kwarg": lambda *_, **__: lambda method: method,
    }
    norm = definition("transformers", FILE, "Qwen4ExpTextRMSNorm", **around)
    around |= {"Qwen4ExpTextRMSNorm": norm, "apply_rotary_pos_emb": lambda x, **_: x}
    indexer = definition("transformers", FILE, "Qwen4ExpTextQSAIndexer", **around)
    names = ("n_heads", "kv_heads", "head_dim", "budget", "compress_ratio")
    settings = dict(
        zip((f"indexer_{name}" for name in names), (HEADS, 1, C, KEEP * BLOCK, BLOCK), strict=True)
    )
    width = (HEADS + 1) * C
    peer = indexer(types.SimpleNamespace(**settings, hidden_size=width, rms_norm_eps=1e-6), 0)
    peer.index_qk_proj.weight.data = torch.eye(width)
    for ours, theirs in ((mechanism.query_gain, peer.q_layernorm), (mechanism.key_gain, peer.k_layernorm)):
        nn.init.normal_(theirs.weight)
        ours.data = 1 + theirs.weight.detach().double()
    index = torch.cat([streams.index_q[:, 0], streams.index_k[:, 0]], -1).float()
    keys = torch.rand(2, N, generator=torch.Generator().manual_seed(3)) < 0.7
    mask = Mask(causal=True, keys=keys)
    places = torch.zeros(2, N, 1)

    allowed = mask.allowed(N, N)
    read = allowed & peer(index, (places, places), allowed, None)

    expected = nn.functional.scaled_dot_product_attention(streams.q, streams.k, streams.v, read)
    mixed = mechanism(streams, mask)
    assert_close(mixed.transpose(1, 2)[keys], expected.transpose(1, 2)[keys])
