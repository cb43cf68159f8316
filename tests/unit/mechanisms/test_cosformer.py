import math

import pytest
import torch
from by_kernel import MASKED, read_by_kernel
from row_by_row import SIZE, collecting, drawn, in_pieces
from torch.autograd import grad
from torch.testing import assert_close

from regard.attention import Mask, Size, Streams
from regard.core.errors import InvalidOption, UnsupportedUse
from regard.mechanisms.cosformer import Cosformer


def by_angle(q, k, i, j):
    return sum(q.clamp_min(0) * k.clamp_min(0)) * math.cos(math.pi / 2 * (i - j) / SIZE.length)


@pytest.mark.parametrize("form", Cosformer.forms)
@pytest.mark.parametrize("name", MASKED)
def test_a_key_is_weighed_by_rectified_features_and_the_cosine_of_its_distance(name, form):
    streams, mask, cosformer = drawn(7), MASKED[name], Cosformer(SIZE)
    cosformer.forced_form = form

    out = cosformer(streams, mask)

    assert_close(out, read_by_kernel(streams, mask, by_angle))
    assert_close(cosformer.weights(streams, mask) @ streams.v, out)


@pytest.mark.parametrize("start", [0, 2])
@pytest.mark.parametrize(("n", "m"), [(5, 9), (9, 5), (1, 9)])
def test_positions_count_from_the_first_key(n, m, start):
    streams = drawn(n, m)

    for mask in (Mask(start=start), Mask(causal=True, start=start)):
        assert_close(Cosformer(SIZE)(streams, mask), read_by_kernel(streams, mask, by_angle))


@pytest.mark.parametrize("form", Cosformer.forms)
@pytest.mark.parametrize("pieces", [[1] * 16, [7, 1, 8], [3, 13]])
def test_any_cut_into_pieces_is_all_at_once_with_gradients(pieces, form):
    streams, mask = collecting(drawn(16)), Mask(causal=True, keys=(torch.arange(16) % 5 > 0).expand(2, 16))
    cosformer = Cosformer(SIZE)
    cosformer.forced_form = form

    gone_on, at_once = in_pieces(cosformer, streams, pieces, mask), cosformer(streams, mask)

    assert_close(gone_on, at_once)
    direction = torch.randn_like(at_once)
    assert_close(grad(gone_on, [*streams], direction), grad(at_once, [*streams], direction))


def test_steps_of_one_position_do_not_drift_in_float32():
    size = Size(heads=2, key_features=5, value_features=3, length=300)
    streams = drawn(300, size=size).map(torch.Tensor.float)

    gone_on = in_pieces(Cosformer(size), streams, [1] * 300)

    assert_close(gone_on, Cosformer(size)(streams, Mask(causal=True)), rtol=1e-5, atol=1e-5)


def test_the_farthest_key_still_counts():
    """At the longest length the angle stays below a right one: no weight is negative."""
    weights = Cosformer(SIZE).weights(drawn(16), Mask())

    assert weights.min() >= 0
    assert weights[:, :, 0, 15].max() > 0


def test_more_positions_than_the_longest_length_are_refused():
    with pytest.raises(UnsupportedUse, match="at most 16 positions, not 17"):
        Cosformer(SIZE)(drawn(17))


def test_a_query_without_a_feature_in_common_reads_nothing():
    q, k, v = drawn(7)
    streams = collecting(Streams(q=-q.abs(), k=k, v=v))

    out = Cosformer(SIZE)(streams)

    assert torch.equal(out, torch.zeros_like(out))
    assert all(slope.isfinite().all() for slope in grad(out.sum(), [*streams]))


def test_epsilon_is_the_least_mass():
    ones, size = torch.ones(1, 1, 1, 5), Size(1, 5, 5, 1)

    assert Cosformer(size)(Streams(q=ones, k=ones, v=ones)).eq(1).all()
    assert Cosformer(size, epsilon=50.0)(Streams(q=ones, k=ones, v=ones)).allclose(torch.tensor(0.1))
    with pytest.raises(InvalidOption, match="cosformer: epsilon must be positive, not 0"):
        Cosformer(size, epsilon=0.0)
