import pytest
from peer_files import load
from row_by_row import SIZE, drawn
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms.hard import Hard

pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")


def test_in_eval_mode_it_is_that_of_x_transformers():
    """There nothing is drawn in training either."""
    streams = drawn(9)
    peer = load("x-transformers", "x_transformers/attend.py").Attend(heads=2, causal=True, hard=True)

    expected, _ = peer(*streams)

    assert_close(Hard(SIZE).eval()(streams, Mask(causal=True)), expected, atol=1e-5, rtol=1e-5)
