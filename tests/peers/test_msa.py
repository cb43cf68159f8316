import types

import torch
from peer_files import definition
from row_by_row import SIZE, drawn_for
from torch import nn
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms.msa import Msa

FILE = "transformers/models/minimax_m3_vl/modeling_minimax_m3_vl.py"
N, C, BLOCK, KEEP = 60, 8, 4, 3


def test_it_reads_what_the_indexer_of_minimax_m3_in_transformers_chooses():
    """Its norms and rotary positions are left out. There, but not here, padding on the left moves blocks."""
    mechanism = Msa(SIZE, block=BLOCK, keep=KEEP, index_features=C).double()
    streams = drawn_for(mechanism, N)
    indexer = definition(
        *("transformers", FILE, "MiniMaxM3VLIndexer"),
        torch=torch,
        nn=nn,
        F=nn.functional,
        deprecate_kwarg=lambda *_, **__: lambda method: method,
        MiniMaxM3VLRMSNorm=lambda *_, **__: nn.Identity(),
        apply_rotary_pos_emb=lambda q, k, *_: (q, k),
    )
    names = ("head_dim", "n_heads", "block_size", "topk_blocks", "local_blocks")
    settings = dict(zip((f"index_{name}" for name in names), (C, 2, BLOCK, KEEP, 1), strict=True))
    peer = indexer(
        types.SimpleNamespace(**settings, hidden_size=3 * C, rms_norm_eps=0, num_attention_heads=2), 0
    )
    # the hidden states are the queries of both heads and the key of the index
    peer.q_proj.weight.data, peer.k_proj.weight.data = torch.eye(3 * C).split([2 * C, C])
    index = torch.cat([*streams.index_q.unbind(1), streams.index_k[:, 0]], -1).float()
    places, nothing = torch.arange(N).expand(2, -1), torch.zeros(1)

    chosen = peer(index, (nothing, nothing), None, places)
    mask = peer.build_block_mask(chosen, None, N, torch.float32, index.device, places)

    expected = nn.functional.scaled_dot_product_attention(streams.q, streams.k, streams.v, mask.double())
    assert_close(mechanism(streams, Mask(causal=True)), expected)
