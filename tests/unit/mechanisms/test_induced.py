import pytest
import torch
from row_by_row import SIZE, collecting, drawn, exponential, masks, read_by_row
from torch.testing import assert_close

from regard.attention import Mask, Streams
from regard.core.errors import InvalidOption, UnsupportedMask
from regard.mechanisms.induced import Induced
from regard.mechanisms.softmax import Softmax


def build(points=4):
    torch.manual_seed(0)
    return Induced(SIZE, points=points).double()


def in_two_reads(induced, streams, mask):
    points = induced.points.detach().expand(2, -1, -1, -1)
    keys, values = (
        read_by_row(Streams(q=points, k=streams.k, v=each), mask, exponential)
        for each in (streams.k, streams.v)
    )
    return read_by_row(Streams(q=streams.q, k=keys, v=values), Mask(), exponential)


@pytest.mark.parametrize("m", [1, 7, 12])
@pytest.mark.parametrize("part", ["no mask", "keys"])
def test_points_read_the_sequence_and_queries_read_what_they_hold(part, m):
    induced, streams, mask = build(), drawn(7, m), masks("keys", n=7, m=m)[part]

    out = induced(streams, mask)

    assert_close(out, in_two_reads(induced, streams, mask))
    assert_close(induced.weights(streams, mask) @ streams.v, out)


def test_one_point_gives_every_query_the_same():
    out = build(points=1)(drawn(7))

    assert_close(out, out[:, :, :1].expand_as(out))


def test_a_point_for_every_key_that_reads_it_alone_is_softmax_attention():
    """Points far along keys that are orthogonal read one each."""
    induced = build(points=5)
    q, _, v = drawn(7, 5)
    k = torch.eye(5, dtype=torch.float64).expand(2, 2, 5, 5)
    induced.points.data = 1e4 * k[0]
    streams = Streams(q=q, k=k, v=v)

    assert_close(induced(streams), Softmax(SIZE)(streams))


def test_an_example_with_nothing_to_read_gives_0_with_finite_gradients():
    streams, induced = collecting(drawn(7)), build()
    keys = torch.ones(2, 7, dtype=torch.bool)
    keys[1] = False

    out = induced(streams, Mask(keys=keys))

    assert (out[1] == 0).all()
    slopes = torch.autograd.grad(out.sum(), [*streams, induced.points])
    assert all(slope.isfinite().all() for slope in slopes)


def test_what_it_cannot_do_is_refused():
    with pytest.raises(UnsupportedMask, match="induced does not support the mask's part 'causal'"):
        build()(drawn(7), Mask(causal=True))
    with pytest.raises(InvalidOption, match="induced: points must be from 1 to 65,536, not 0"):
        Induced(SIZE, points=0)
