"""Windows against local-attention with `exact_windowsize`; without it a query reads whole neighboring blocks.

It is always given which keys are real: otherwise it reads the zeros with which it fills the last block.
"""

import sys
from types import ModuleType

import pytest
import torch
from peer_files import load
from row_by_row import SIZE, drawn
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms.dilated import Dilated
from regard.mechanisms.local import Local

KEYS = torch.arange(21) < torch.tensor([[21], [15]])


@pytest.fixture
def peer(monkeypatch):
    pytest.importorskip("einops")
    rotary = load("local-attention", "local_attention/rotary.py")
    # the package itself would import more than is needed
    monkeypatch.setitem(sys.modules, "local_attention", ModuleType("local_attention"))
    monkeypatch.setitem(sys.modules, "local_attention.rotary", rotary)
    return load("local-attention", "local_attention/local_attention.py").LocalAttention


def built(peer, *, causal):
    return peer(window_size=4, causal=causal, exact_windowsize=True, autopad=True, use_rotary_pos_emb=False)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("keys", [torch.ones(2, 21, dtype=torch.bool), KEYS], ids=["all keys", "padding"])
def test_a_window_is_that_of_local_attention(peer, causal, keys):
    streams = drawn(21)
    expected = built(peer, causal=causal)(streams.q, streams.k, streams.v, mask=keys)

    mixed = Local(SIZE, window=4)(streams, Mask(causal=causal, keys=keys))

    assert_close(mixed.transpose(1, 2)[keys], expected.transpose(1, 2)[keys], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("causal", [False, True])
def test_a_dilated_window_is_one_over_the_positions_of_each_row(peer, causal):
    streams, expected = drawn(21), torch.zeros(2, 2, 21, 3, dtype=torch.float64)
    for row in range(3):
        q, k, v = (each[:, :, row::3] for each in streams)
        expected[:, :, row::3] = built(peer, causal=causal)(q, k, v, mask=torch.ones(2, 7, dtype=torch.bool))

    mixed = Dilated(SIZE, window=4, stride=3)(streams, Mask(causal=causal))

    assert_close(mixed, expected, atol=1e-5, rtol=1e-5)
