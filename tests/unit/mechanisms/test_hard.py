import pytest
import torch
from row_by_row import EVERY_PART, SIZE, collecting, drawn, masks, read_by_row, under
from torch.testing import assert_close

from regard.attention import Mask
from regard.core.errors import InvalidOption
from regard.mechanisms.hard import Hard
from regard.mechanisms.softmax import Softmax


def largest(scores):
    return (scores == scores.max()).double()


@pytest.mark.parametrize("m", [9, 12])
@under(*EVERY_PART)
def test_in_eval_mode_a_query_reads_the_key_of_its_largest_score(part, m):
    streams, mask = drawn(9, m), masks(*EVERY_PART, n=9, m=m)[part]

    assert_close(Hard(SIZE).eval()(streams, mask), read_by_row(streams, mask, largest))


def test_of_equal_keys_the_first_is_read():
    weights = Hard(SIZE).eval().normalize(torch.zeros(1, 1, 2, 3), Mask())

    assert_close(weights, torch.tensor([1.0, 0.0, 0.0]).expand(1, 1, 2, 3))


def test_in_training_keys_are_drawn_by_the_weights_of_softmax():
    torch.manual_seed(0)
    hard, streams, draws = Hard(SIZE).train(), drawn(3), 4000

    often = sum(hard.weights(streams, Mask()) for _ in range(draws)) / draws

    assert_close(often, Softmax(SIZE).weights(streams, Mask()), atol=0.04, rtol=0)


def test_in_training_one_key_is_read_as_well():
    weights = Hard(SIZE).train().weights(drawn(9), masks("causal", "edges", n=9)["all"])

    assert set(weights.unique().tolist()) == {0.0, 1.0}
    assert not weights[:, :, 0].any()


@pytest.mark.parametrize("temperature", [0.5, 1.0])
def test_the_gradient_is_that_of_the_softmax_of_what_was_drawn(temperature):
    streams, hard = collecting(drawn(9)), Hard(SIZE, temperature=temperature).train()
    weighted = torch.randn(2, 2, 9, 3, dtype=torch.float64)
    torch.manual_seed(1)
    (hard(streams, Mask()) * weighted).sum().backward()

    soft = collecting(drawn(9))
    torch.manual_seed(1)
    scores = soft.q @ soft.k.mT / 5**0.5
    drawn_scores = scores - torch.empty_like(scores).exponential_().log()
    ((drawn_scores / temperature).softmax(-1) @ soft.v * weighted).sum().backward()

    assert_close(streams.q.grad, soft.q.grad)
    assert_close(streams.k.grad, soft.k.grad)


def test_a_temperature_of_0_is_refused():
    with pytest.raises(InvalidOption, match="hard: temperature must be larger than 0, not 0"):
        Hard(SIZE, temperature=0)
