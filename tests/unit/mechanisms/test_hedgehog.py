import pytest
import torch
from by_kernel import MASKED, read_by_kernel
from row_by_row import SIZE, collecting, counted_matmul_flops, drawn, in_pieces
from torch.autograd import grad, gradcheck
from torch.testing import assert_close

from regard.attention import Mask, Streams
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


@pytest.mark.parametrize("start", [0, 2])
@pytest.mark.parametrize(("n", "m"), [(5, 9), (9, 5)])
def test_queries_and_keys_may_differ_in_number(n, m, start):
    streams, hedgehog, mask = drawn(n, m), build(), Mask(causal=True, start=start)

    assert_close(hedgehog(streams), by_heads(hedgehog, streams, Mask()))
    assert_close(hedgehog(streams, mask), by_heads(hedgehog, streams, mask))


@pytest.mark.parametrize("pieces", [[1] * 12, [7, 1, 4]])
def test_any_cut_into_pieces_is_all_at_once_with_gradients(pieces):
    streams, mask = collecting(drawn(12)), Mask(causal=True, keys=(torch.arange(12) % 5 > 0).expand(2, 12))
    hedgehog = build()

    gone_on, at_once = in_pieces(hedgehog, streams, pieces, mask), hedgehog(streams, mask)

    assert_close(gone_on, at_once)
    direction = torch.randn_like(at_once)
    assert_close(grad(gone_on, [*streams], direction), grad(at_once, [*streams], direction))


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


@pytest.mark.parametrize("causal", [False, True])
def test_the_gradient_is_the_slope(causal):
    hedgehog, inputs = build(), [*collecting(drawn(4))]

    assert gradcheck(lambda q, k, v: hedgehog(Streams(q=q, k=k, v=v), Mask(causal=causal)), inputs)


@pytest.mark.parametrize("mask", [Mask(), Mask(causal=True)])
def test_the_formula_counts_the_products(mask):
    hedgehog = Hedgehog(SIZE)

    assert hedgehog.cost(11, 11, mask).matmul_flops == counted_matmul_flops(hedgehog, 11, 11, mask)
