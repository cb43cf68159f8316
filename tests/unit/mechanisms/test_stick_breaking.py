import pytest
import torch
from row_by_row import EVERY_PART, SIZE, drawn, masks, read_by_row, under
from torch.testing import assert_close

from regard.attention import Mask, Streams
from regard.mechanisms.stick_breaking import StickBreaking

PARTS = [part for part in EVERY_PART if part != "start"]


def broken(scores):
    """Each key, the last first, breaks its share off what is left."""
    left, weights = 1.0, []
    for share in reversed(torch.sigmoid(scores)):
        weights.insert(0, left * share)
        left = left * (1 - share)
    return torch.stack(weights)


@under(*PARTS)
@pytest.mark.parametrize("own", [False, True])
def test_each_key_takes_its_share_of_what_later_ones_left(own, part):
    streams, mask = drawn(9), masks(*PARTS, n=9)[part]

    expected = read_by_row(streams, mask, broken, lambda i, j: own or i != j)

    assert_close(StickBreaking(SIZE, own=own)(streams, mask), expected)


@pytest.mark.parametrize("own", [False, True])
def test_the_first_causal_query_reads_itself_only_if_it_may(own):
    mixed = StickBreaking(SIZE, own=own)(drawn(9), Mask(causal=True))

    assert mixed[:, :, 0].any() == own


def test_a_near_key_that_takes_all_leaves_nothing_to_farther_ones():
    scores = torch.tensor([[[[500.0, -500.0, 500.0, -500.0]]]])

    weights = StickBreaking(SIZE, own=True).normalize(scores, Mask())

    assert_close(weights.flatten(), torch.tensor([0.0, 0.0, 1.0, 0.0]))


def test_far_keys_behind_thousands_of_others_have_finite_gradients():
    q, k = torch.full((1, 1, 1, 1), 30.0), torch.ones(1, 1, 4000, 1)
    streams = Streams(q=q, k=k, v=k).map(lambda each: each.requires_grad_())

    StickBreaking(SIZE, own=True).normalize(streams.q @ streams.k.mT, Mask()).sum().backward()

    assert streams.q.grad.isfinite().all()
    assert streams.k.grad.isfinite().all()
