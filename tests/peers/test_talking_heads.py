import pytest
import torch
from peer_files import load
from row_by_row import SIZE, drawn
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms.talking_heads import TalkingHeads

pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")


@torch.no_grad()
def test_it_is_that_of_x_transformers():
    """There the mixture before the softmax is added to the scores instead of replacing them."""
    heads, streams = TalkingHeads(SIZE), drawn(9).map(torch.Tensor.float)
    torch.nn.init.normal_(heads.before)
    torch.nn.init.normal_(heads.after)
    peer = load("x-transformers", "x_transformers/attend.py").Attend(
        heads=2, causal=True, pre_talking_heads=True, post_talking_heads=True
    )
    peer.pre_softmax_talking_heads.weight.copy_((heads.before - torch.eye(2))[..., None, None])
    peer.post_softmax_talking_heads.weight.copy_(heads.after[..., None, None])

    expected, _ = peer(*streams)

    assert_close(heads(streams, Mask(causal=True)), expected, atol=1e-5, rtol=1e-5)
