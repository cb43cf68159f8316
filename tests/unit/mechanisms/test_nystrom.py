import math

import pytest
import torch
from row_by_row import SIZE, collecting, counted_matmul_flops, drawn, masks

from regard.attention import Mask, Streams
from regard.core.errors import InvalidOption
from regard.mechanisms import nystrom
from regard.mechanisms.nystrom import Nystrom, pseudo_inverse, segments
from regard.mechanisms.softmax import Softmax


def iterated(a, iterations):
    """Eq. 11-13 with the norms spelled out."""
    start = a.T / (torch.linalg.matrix_norm(a, 1) * torch.linalg.matrix_norm(a, torch.inf))
    one, z = torch.eye(len(a), dtype=torch.float64), start
    for _ in range(iterations):
        z = z @ (13 * one - a @ z @ (15 * one - a @ z @ (7 * one - a @ z))) / 4
    return z


def one_head(q, k, v, readable, landmarks, iterations):
    """The paper's method for one head of one example, over the readable positions alone."""
    if not readable:
        return torch.zeros(len(q), v.shape[1], dtype=torch.float64)
    r = min(landmarks, len(readable))
    groups = [[p for rank, p in enumerate(readable) if rank * r // len(readable) == s] for s in range(r)]
    near_q = torch.stack([q[group].mean(0) for group in groups])
    near_k = torch.stack([k[group].mean(0) for group in groups])

    def kernel(x, y):
        return torch.softmax(x @ y.T / math.sqrt(x.shape[1]), -1)

    inverse = iterated(kernel(near_q, near_k), iterations)
    return kernel(q, near_k) @ inverse @ kernel(near_q, k[readable]) @ v[readable]


def naive(streams, mask, landmarks, iterations):
    q, k, v = streams
    mixed = torch.zeros(*q.shape[:3], v.shape[3], dtype=torch.float64)
    for b in range(q.shape[0]):
        readable = [j for j in range(q.shape[2]) if mask.keys is None or mask.keys[b, j]]
        for h in range(q.shape[1]):
            mixed[b, h] = one_head(q[b, h], k[b, h], v[b, h], readable, landmarks, iterations)
    return mixed


def maximum_over_the_batch(a, iterations):
    """Planted: the start value of the best-known implementation."""
    z = a.mT / (a.sum(-2).max() * a.sum(-1).max())
    one = torch.eye(a.shape[-1], dtype=a.dtype)
    for _ in range(iterations):
        z = z @ (13 * one - a @ z @ (15 * one - a @ z @ (7 * one - a @ z))) / 4
    return z


def borders_by_place(real, r):
    """Planted: segments of all positions, hidden ones too, as in the best-known implementation."""
    return segments(torch.ones_like(real), r) & real.unsqueeze(1)


@pytest.mark.parametrize("n", [1, 2, 9, 16])
@pytest.mark.parametrize("landmarks", [1, 4, 5, 30])
@pytest.mark.parametrize("part", ["no mask", "keys"])
def test_it_is_the_papers_method_over_the_readable_positions(part, landmarks, n):
    streams, mask = drawn(n), masks("keys", n=n)[part]
    mechanism = Nystrom(SIZE, landmarks=landmarks, iterations=3)

    mixed = mechanism(streams, mask)

    torch.testing.assert_close(mixed, naive(streams, mask, landmarks, 3))
    torch.testing.assert_close(mechanism.weights(streams, mask) @ streams.v, mixed)


@pytest.mark.parametrize(
    ("part", "planted"), [("pseudo_inverse", maximum_over_the_batch), ("segments", borders_by_place)]
)
def test_a_start_value_from_the_whole_batch_and_segments_that_padding_moves_are_caught(
    part, planted, monkeypatch
):
    streams, mask = drawn(16), masks("keys", n=16)["keys"]
    monkeypatch.setattr(nystrom, part, planted)

    mixed = Nystrom(SIZE, landmarks=4, iterations=3)(streams, mask)

    assert not torch.allclose(mixed, naive(streams, mask, 4, 3))


def test_segments_share_the_readable_positions_evenly_and_in_order():
    real = torch.tensor([[True, False, True, True, False, True, True], [False] * 6 + [True]])
    members = segments(real, 3)

    assert members[0].nonzero().tolist() == [[0, 0], [0, 2], [1, 3], [1, 5], [2, 6]]
    assert members[1].nonzero().tolist() == [[0, 6]]
    for count in range(1, 30):
        sizes = segments(torch.ones(1, count, dtype=torch.bool), 7).sum(-1)[0, : min(count, 7)]
        assert sizes.max() - sizes.min() <= 1


@pytest.mark.parametrize("scale", [1, 4])
def test_the_iteration_converges_to_the_pseudo_inverse(scale):
    rng = torch.Generator().manual_seed(0)
    a = torch.softmax(scale * torch.randn(3, 6, 6, generator=rng, dtype=torch.float64), -1)

    torch.testing.assert_close(pseudo_inverse(a, 24), torch.linalg.pinv(a))


def test_one_landmark_for_each_position_is_softmax_attention_also_with_padding():
    streams, mask = drawn(16), masks("keys", n=16)["keys"]
    limit, softmax = Nystrom.toward("softmax", SIZE)[-1].mechanism, Softmax(SIZE)
    real = mask.keys[:, None, :, None]

    torch.testing.assert_close(limit(streams), softmax(streams), rtol=0, atol=1e-4)
    torch.testing.assert_close(limit(streams, mask) * real, softmax(streams, mask) * real, rtol=0, atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("scale", [0.01, 1, 4, 16, 64])
@pytest.mark.parametrize("iterations", [6, 24])
def test_singular_and_saturated_kernels_keep_output_and_gradients_finite(iterations, scale, dtype):
    mechanism = Nystrom(SIZE, landmarks=8, iterations=iterations)
    q, k, v = drawn(16)
    # the second half repeats the first, so that half of the landmarks are redundant
    q, k = (torch.cat([x[:, :, :8], x[:, :, :8]], 2) * scale for x in (q, k))
    streams = collecting(Streams(q=q, k=k, v=v).map(lambda x: x.to(dtype)))
    mixed = mechanism(streams)
    slopes = torch.autograd.grad(mixed.sum(), [*streams])

    assert mixed.dtype == dtype
    assert mixed.isfinite().all()
    assert all(slope.isfinite().all() for slope in slopes)


def test_an_example_with_nothing_to_read_gives_zero_and_finite_gradients():
    keys = torch.ones(2, 9, dtype=torch.bool)
    keys[1] = False
    streams = collecting(drawn(9))
    mixed = Nystrom(SIZE, landmarks=4)(streams, Mask(keys=keys))

    assert (mixed[1] == 0).all()
    assert all(slope.isfinite().all() for slope in torch.autograd.grad(mixed.sum(), [*streams]))


def test_autocast_does_not_reach_the_pseudo_inverse():
    streams, mechanism = drawn(16).map(torch.Tensor.bfloat16), Nystrom(SIZE, landmarks=8)
    expected = mechanism(streams)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = mechanism(streams)

    torch.testing.assert_close(mixed, expected, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"landmarks": 0}, "nystrom: landmarks must be at least 1, not 0"),
        ({"iterations": 0}, "nystrom: iterations must be between 1 and 24, not 0"),
        ({"iterations": 100}, "nystrom: iterations must be between 1 and 24, not 100"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(InvalidOption, match=message):
        Nystrom(SIZE, **options)


@pytest.mark.parametrize(("landmarks", "n"), [(4, 16), (4, 13), (30, 9)])
def test_the_formula_counts_the_products_that_torch_counts(landmarks, n):
    mechanism = Nystrom(SIZE, landmarks=landmarks, iterations=5)

    assert mechanism.cost(n, n).matmul_flops == counted_matmul_flops(mechanism, n, n)
