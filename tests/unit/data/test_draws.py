import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.core.randomness import generator_of
from regard.data.draws import (
    AT_ONCE,
    draw_different,
    draw_distinct,
    draw_numbers,
    draw_sequences,
    draw_weighted,
    past,
)


@settings(deadline=None, max_examples=50)
@given(st.sets(st.integers(0, 30), max_size=20), st.integers(0, 40))
def test_past_counts_only_what_is_free(taken, number):
    free = [value for value in range(100) if value not in taken]
    found = past(torch.tensor([[number]]), torch.tensor([list(taken)], dtype=torch.int64))
    assert found.item() == free[number]


def test_past_counts_in_every_row_for_itself():
    numbers, taken = torch.tensor([[0, 1], [0, 1]]), torch.tensor([[1, 0], [7, 1]])
    assert past(numbers, taken).tolist() == [[2, 3], [0, 2]]


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 12), st.data())
def test_no_row_has_a_number_twice(below, data):
    count = data.draw(st.integers(1, below))
    drawn = draw_distinct(below, 20, count, generator_of(0, "draws"))
    assert drawn.shape == (20, count)
    assert drawn.min() >= 0
    assert drawn.max() < below
    assert all(len(set(row)) == count for row in drawn.tolist())


def test_every_order_is_equally_likely():
    drawn = draw_distinct(4, 12_000, 2, generator_of(0, "draws"))
    counts = (drawn[:, 0] * 4 + drawn[:, 1]).bincount(minlength=16).view(4, 4)
    assert (counts.diagonal() == 0).all()
    # 1,000 expected for each of 12, with a standard deviation of 30
    assert (counts[~torch.eye(4, dtype=torch.bool)] - 1000).abs().max() < 130


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 300), st.data())
def test_no_row_of_many_numbers_has_one_twice(below, data):
    count = data.draw(st.integers(0, below))
    drawn = draw_different(below, 20, count, generator_of(0, "draws"))
    assert drawn.shape == (20, count)
    assert all(len(set(row)) == count and set(row) <= set(range(below)) for row in drawn.tolist())


@pytest.mark.parametrize("below", [4, 9])
def test_every_order_is_equally_likely_however_it_is_drawn(below):
    drawn = draw_different(below, 1_000 * below * (below - 1), 2, generator_of(0, "draws"))
    counts = (drawn[:, 0] * below + drawn[:, 1]).bincount(minlength=below**2).view(below, below)
    # 1,000 expected for each, with a standard deviation of 32
    assert (counts[~torch.eye(below, dtype=torch.bool)] - 1000).abs().max() < 130


def test_weights_decide_what_is_drawn_first_and_what_then():
    drawn = draw_weighted(torch.tensor([6.0, 3.0, 1.0]).double(), 10_000, 2, generator_of(0, "draws"))
    assert (drawn[:, 0] != drawn[:, 1]).all()
    torch.testing.assert_close(
        drawn[:, 0].bincount() / 10_000, torch.tensor([0.6, 0.3, 0.1]), atol=0.02, rtol=0
    )
    then = drawn[drawn[:, 0] == 0, 1].bincount(minlength=3)
    torch.testing.assert_close(then / then.sum(), torch.tensor([0.0, 0.75, 0.25]), atol=0.03, rtol=0)


def test_weighted_draws_do_not_depend_on_memory(monkeypatch):
    monkeypatch.setattr("regard.data.draws.AT_ONCE", 7)
    drawn = draw_weighted(torch.ones(3).double(), 11, 2, generator_of(0, "draws"))
    assert drawn.shape == (11, 2)


@pytest.mark.parametrize("below", [100, AT_ONCE + 1, 10**18])
def test_numbers_are_all_different_and_below_the_limit(below):
    numbers = draw_numbers(below, 100, generator_of(0, "draws"))
    assert len(set(numbers.tolist())) == 100
    assert 0 <= numbers.min() <= numbers.max() < below
    assert not torch.equal(numbers, numbers.sort().values)


def test_numbers_from_a_large_range_are_spread_evenly():
    numbers = draw_numbers(10**12, 10_000, generator_of(0, "draws"))
    shares = (numbers // 10**11).bincount(minlength=10) / 10_000
    assert (shares - 0.1).abs().max() < 0.015


def test_sequences_are_all_different_and_short_ones_stand_anywhere():
    rows = draw_sequences(2, (1, 12), 2_000, generator_of(0, "draws"))
    assert len(torch.unique(rows, dim=0)) == 2_000
    short = ((rows < 2).sum(1) <= 6).nonzero().flatten()
    # all 126 of them, spread over the rows
    assert len(short) == 126
    assert short.double().mean() == pytest.approx(1_000, abs=4 * 577 / 126**0.5)
