import pytest
import torch
from peer_files import load
from row_by_row import SIZE, drawn
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms.selective import Selective

pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")


def test_it_is_that_of_x_transformers():
    streams = drawn(20).map(torch.Tensor.float)
    peer = load("x-transformers", "x_transformers/attend.py").Attend(heads=2, causal=True, selective=True)

    expected, _ = peer(*streams)

    assert_close(Selective(SIZE)(streams, Mask(causal=True)), expected, atol=1e-5, rtol=1e-5)
