"""Errors against exact softmax."""

import pytest
import torch

from regard.attention import Mask, Size
from regard.attention.checking.inputs import draw
from regard.measures.nearness import ROWS, errors_of, exact_rows, is_comparable, relative
from regard.mechanisms import MECHANISMS

SIZE = Size(heads=2, key_features=16, value_features=8, length=300)


@pytest.mark.parametrize("causal", [False, True])
def test_softmax_itself_has_no_error_and_the_mean_of_the_values_has(causal):
    softmax = MECHANISMS.build("softmax", SIZE)

    error, mean = errors_of(softmax, draw(softmax), Mask(causal=causal), scale=4.0)

    assert error < 1e-12
    assert 0.5 < mean < 2


@pytest.mark.parametrize("causal", [False, True])
def test_the_uniform_mean_has_the_error_of_the_mean_of_the_values(causal):
    softmax, uniform = MECHANISMS.build("softmax", SIZE), MECHANISMS.build("uniform", SIZE)
    streams, mask = draw(softmax), Mask(causal=causal)
    rows = torch.linspace(0, 299, ROWS).round().long()

    _, mean = errors_of(softmax, streams, mask, scale=1.0)
    exact = softmax(streams, mask)[:, :, rows]
    flat = uniform(draw(uniform).replace(v=streams.v), mask)[:, :, rows]

    assert relative(flat, exact) == pytest.approx(mean, rel=1e-6)


def test_the_scale_is_the_deviation_of_the_logits():
    softmax = MECHANISMS.build("softmax", SIZE)
    streams = draw(softmax)
    q, k = (2.0 * each for each in (streams.q, streams.k))

    louder = errors_of(softmax, streams, Mask(), scale=4.0)
    by_hand = errors_of(softmax, streams.replace(q=q, k=k), Mask(), scale=1.0)

    assert louder == pytest.approx(by_hand)


def test_rows_are_those_of_the_whole():
    softmax = MECHANISMS.build("softmax", SIZE)
    streams, rows = draw(softmax), torch.tensor([0, 7, 299])

    found = exact_rows(streams.q, streams.k, streams.v, rows, causal=True, temperature=4.0)

    torch.testing.assert_close(found, softmax(streams, Mask(causal=True))[:, :, rows])


@pytest.mark.parametrize(
    ("name", "comparable"), [("softmax", True), ("performer", True), ("linear", False), ("gated", False)]
)
def test_what_reads_more_than_softmax_or_claims_nothing_is_not_compared(name, comparable):
    assert is_comparable(MECHANISMS.build(name, SIZE)) is comparable
