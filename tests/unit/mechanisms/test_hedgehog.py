import pytest
import torch
from by_kernel import MASKED, read_by_kernel
from row_by_row import SIZE, drawn
from torch.testing import assert_close

from regard.attention import Streams
from regard.mechanisms.hedgehog import Hedgehog


def build():
    """With maps apart from the identity, one for the queries and one for the keys."""
    torch.manual_seed(0)
    hedgehog = Hedgehog(SIZE)
    for parameter in hedgehog.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    return hedgehog.double()


def of_head(hedgehog, h):
    def phi(x, projection):
        mapped = torch.stack([sum(row * x) for row in projection[h]])
        return torch.cat([mapped, -mapped]).softmax(0)

    return lambda q, k, i, j: sum(phi(q, hedgehog.queries) * phi(k, hedgehog.keys))


def by_heads(hedgehog, streams, mask):
    heads = [
        read_by_kernel(streams.map(lambda x, h=h: x[:, h : h + 1]), mask, of_head(hedgehog, h), 0.0)
        for h in range(SIZE.heads)
    ]
    return torch.cat(heads, 1)


@pytest.mark.parametrize("form", Hedgehog.forms)
@pytest.mark.parametrize("name", MASKED)
def test_a_key_is_weighed_by_softmax_features_of_both_signs(name, form):
    streams, mask, hedgehog = drawn(7), MASKED[name], build()
    hedgehog.forced_form = form

    out = hedgehog(streams, mask)

    assert_close(out, by_heads(hedgehog, streams, mask))
    assert_close(hedgehog.weights(streams, mask) @ streams.v, out)


def test_its_maps_start_as_the_identity():
    hedgehog = Hedgehog(SIZE)

    for parameter in hedgehog.parameters():
        assert torch.equal(parameter, torch.eye(5).expand(2, 5, 5))


def test_features_that_hardly_overlap_are_told_apart_at_any_scale():
    """exp(-2000) is no number of float32, and yet the nearer key gets all."""
    q, k, v = drawn(7)
    streams = Streams(q=1000 * q, k=1000 * k, v=v)

    narrow = build().float()(streams.map(torch.Tensor.float))

    assert_close(narrow.double(), build()(streams), rtol=1e-4, atol=1e-4)
    assert (narrow.abs().amax(-1) > 0).all()
