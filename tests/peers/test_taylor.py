import torch
from peer_files import naive
from torch.testing import assert_close

from regard.attention import Mask, Size, Streams
from regard.mechanisms.taylor import Taylor


def test_it_reads_as_flash_linear_attention_does():
    """Its naive parallel form of Based. It adds 1e-6 to the mass, which is 1/2 at least."""
    rng = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(2, 3, 70, x, generator=rng) for x in (8, 8, 16))

    ours = Taylor(Size(heads=3, key_features=8, value_features=16, length=70))(
        Streams(q=q, k=k, v=v), Mask(causal=True)
    )

    assert_close(ours, naive("based").naive_parallel_based(q, k, v), rtol=1e-5, atol=1e-5)
