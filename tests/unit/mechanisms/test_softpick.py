import pytest
import torch
from row_by_row import EVERY_PART, SIZE, drawn, masks, read_by_row, under
from torch.testing import assert_close

from regard.attention import Mask, Streams
from regard.mechanisms.softpick import Softpick


def picked(scores):
    risen = scores.exp() - 1
    return risen.clamp_min(0) / (risen.abs().sum() + 1e-6)


@pytest.mark.parametrize("m", [9, 12])
@under(*EVERY_PART)
def test_keys_are_read_by_what_exp_rises_above_1(part, m):
    streams, mask = drawn(9, m), masks(*EVERY_PART, n=9, m=m)[part]

    assert_close(Softpick(SIZE)(streams, mask), read_by_row(streams, mask, picked), atol=1e-6, rtol=1e-6)


def scored(*scores):
    """One query of one head with these scores, and values that show the weights."""
    n = len(scores)
    q, k = torch.tensor([[[[1.0]]]]), torch.tensor(scores).view(1, 1, n, 1)
    return Streams(q=q, k=k, v=torch.ones(1, 1, n, 1)).map(lambda each: each.requires_grad_())


def test_a_row_of_negative_scores_reads_nothing():
    streams = scored(-1.0, -2.0, -500.0)

    mixed = Softpick(SIZE).normalize(streams.q @ streams.k.mT, Mask())
    mixed.sum().backward()

    assert not mixed.any()
    assert streams.q.grad.isfinite().all()


def test_keys_of_negative_score_weaken_the_others():
    q, k, _ = scored(1.0, -100.0)

    weights = Softpick(SIZE).normalize(q @ k.mT, Mask())

    risen = torch.e - 1
    assert_close(weights.flatten(), torch.tensor([risen / (risen + 1), 0.0]))


def test_scores_beyond_the_range_of_exp_keep_finite_gradients():
    q, k, _ = scored(-200.0, 3000.0, 2999.0)

    weights = Softpick(SIZE).normalize(q @ k.mT, Mask())
    weights[..., 1].sum().backward()

    assert_close(weights.flatten()[1:], torch.tensor([1.0, 0.0]).softmax(0))
    assert q.grad.isfinite().all()
    assert k.grad.isfinite().all()
