import pytest
import torch
from row_by_row import EVERY_PART, SIZE, drawn, exponential, masks, read_by_row, under
from torch.nn.functional import normalize
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms.cosine import FIRST, Cosine


@pytest.mark.parametrize("m", [9, 12])
@under(*EVERY_PART)
def test_it_is_softmax_of_the_cosine_times_a_factor(part, m):
    streams, mask = drawn(9, m), masks(*EVERY_PART, n=9, m=m)[part]
    # what the loops divide by the root of the features is put back
    turned = streams.replace(q=FIRST * 5**0.5 * normalize(streams.q, dim=-1), k=normalize(streams.k, dim=-1))

    mixed = Cosine(SIZE).double()(streams, mask)

    assert_close(mixed, read_by_row(turned, mask, exponential), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("times", [1e-3, 1e6])
def test_sizes_of_queries_and_keys_change_nothing(times):
    streams, cosine = drawn(9), Cosine(SIZE).double()

    larger = streams.replace(q=times * streams.q, k=times * streams.k)

    assert_close(cosine(larger, Mask()), cosine(streams, Mask()), atol=1e-5, rtol=1e-5)


def test_the_factor_goes_no_further_than_its_bound():
    cosine, streams = Cosine(SIZE).double(), drawn(9)
    outputs = []
    for log_factor in (4.7, 9.0):
        torch.nn.init.constant_(cosine.log_factor, log_factor)
        outputs.append(cosine(streams, Mask()))

    assert_close(*outputs)


def test_zero_queries_and_keys_have_finite_gradients():
    streams = drawn(4).map(lambda each: torch.zeros_like(each).requires_grad_())

    Cosine(SIZE).double()(streams, Mask()).sum().backward()

    assert all(each.grad.isfinite().all() for each in streams)
