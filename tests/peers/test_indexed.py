from peer_files import naive
from row_by_row import SIZE, drawn_for
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms.indexed import Indexed


def test_it_is_the_reference_of_flash_linear_attention():
    """Where index scores are equal `topk` there takes any: with these streams none are.

    `naive_dsa_indexer` alone leaves out the ReLU, without which other keys are chosen.
    """
    mechanism = Indexed(SIZE, keep=5, index_heads=16, index_features=8).double()
    streams = drawn_for(mechanism, 60)
    q, k, v = (getattr(streams, name).transpose(1, 2) for name in ("q", "k", "v"))
    index_q = streams.index_q[:, 0].unflatten(-1, (16, 8))

    expected = naive("dsa").naive_dsa(
        q, k, v, index_q, streams.index_k[:, 0], streams.index_weight[:, 0], topk=5
    )

    assert_close(mechanism(streams, Mask(causal=True)), expected.transpose(1, 2), atol=1e-5, rtol=1e-5)
