import pytest
import torch
from peer_files import load
from row_by_row import SIZE, drawn
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms.persistent_memory import PersistentMemory

pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")


@pytest.mark.parametrize("causal", [False, True])
def test_it_is_that_of_x_transformers(causal):
    """Its layer puts `num_mem_kv` keys and values in front, and its causal mask is aligned at the end."""
    streams, memory = drawn(20).map(torch.Tensor.float), PersistentMemory(SIZE, slots=4)
    peer = load("x-transformers", "x_transformers/attend.py").Attend(heads=2, causal=causal)
    keys, values = (each.detach().expand(2, -1, -1, -1) for each in (memory.keys, memory.values))

    expected, _ = peer(streams.q, torch.cat([keys, streams.k], 2), torch.cat([values, streams.v], 2))

    assert_close(memory(streams, Mask(causal=causal)), expected, atol=1e-5, rtol=1e-5)
