import math

import pytest
import torch
from by_kernel import MASKED, read_by_kernel
from row_by_row import SIZE, drawn
from torch.testing import assert_close

from regard.attention import Mask, Size, Streams
from regard.mechanisms.softmax import Softmax
from regard.mechanisms.taylor import Taylor


def three_terms(q, k, i, j):
    s = sum(q * k) / math.sqrt(len(q))
    return 1 + s + s * s / 2


@pytest.mark.parametrize("form", Taylor.forms)
@pytest.mark.parametrize("name", MASKED)
def test_a_key_is_weighed_by_three_terms_of_the_exponential(name, form):
    streams, mask, taylor = drawn(7), MASKED[name], Taylor(SIZE)
    taylor.forced_form = form

    out = taylor(streams, mask)

    assert_close(out, read_by_kernel(streams, mask, three_terms))
    assert_close(taylor.weights(streams, mask) @ streams.v, out)


def test_the_smaller_the_scores_the_nearer_to_softmax_attention():
    errors = []
    for size in (0.25, 0.125):
        streams = drawn(9)
        streams = streams.replace(q=size * streams.q)
        errors.append((Taylor(SIZE)(streams) - Softmax(SIZE)(streams)).norm().item())

    # the first term left out is the third power
    assert errors[1] == pytest.approx(errors[0] / 8, rel=0.2)


def test_products_of_two_features_are_kept_once():
    assert Taylor(Size(heads=1, key_features=16, value_features=16, length=8)).features == 1 + 16 + 136
    assert Taylor(SIZE).initial_state(1).shape == (1, 2, 1 + 5 + 15, 4)


def test_the_largest_scores_of_either_sign_weigh_alike():
    q, k = torch.tensor([[[[1.0]]]]), torch.tensor([[[[3.0], [-5.0]]]])
    size = Size(heads=1, key_features=1, value_features=1, length=2)

    weights = Taylor(size).weights(Streams(q=q, k=k, v=k), Mask())

    # 1 + s + s²/2 is least at -1, where it is 1/2
    assert_close(weights.flatten(), torch.tensor([8.5, 8.5]) / 17)
