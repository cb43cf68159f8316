import pytest
import torch
from torch.testing import assert_close

from regard.attention import Streams
from regard.attention.precision import in_float32


class Product:
    @in_float32
    def of(self, streams, scale=1.0):
        self.seen = streams.q.dtype
        return scale * (streams.q @ streams.k)

    @in_float32
    def with_state(self, streams, state):
        return streams.q, state + streams.q


def both(x):
    return Streams(q=x, k=x)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_narrow_streams_are_computed_in_float32_and_come_back_narrow(dtype):
    product, q = Product(), torch.randn(4, 4).to(dtype)

    out = product.of(both(q), 2.0)

    assert product.seen == torch.float32
    assert out.dtype == dtype
    assert torch.equal(out, (2 * (q.float() @ q.float())).to(dtype))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_wider_streams_stay_as_they_are(dtype):
    product, q = Product(), torch.randn(4, 4, dtype=dtype)

    assert product.of(both(q)).dtype == dtype
    assert product.seen == dtype


def test_autocast_does_not_reach_inside():
    product, q = Product(), torch.randn(16, 16)

    with torch.autocast("cpu", dtype=torch.bfloat16):
        bare, inside = q @ q, product.of(both(q))

    assert bare.dtype == torch.bfloat16
    assert_close(inside, q @ q)


def test_a_state_stays_wide_beside_a_narrow_output():
    q = torch.randn(3).bfloat16()

    out, state = Product().with_state(both(q), torch.zeros(3))

    assert (out.dtype, state.dtype) == (torch.bfloat16, torch.float32)


def test_devices_without_autocast_are_served():
    assert Product().of(both(torch.ones(2, 2, device="meta"))).shape == (2, 2)
