import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from regard import Grid, Mask, Size
from regard.core.errors import InvalidOption


@given(
    n=st.integers(1, 7), m=st.integers(1, 7), causal=st.booleans(),
    window=st.none() | st.integers(0, 4), hidden=st.none() | st.sets(st.integers(0, 6)), linked=st.booleans(),
)  # fmt: skip
def test_the_dense_view_says_for_each_pair_what_the_words_say(n, m, causal, window, hidden, linked):
    keys = None if hidden is None else torch.tensor([[j not in hidden for j in range(m)]])
    edges = torch.tensor([[[(i + j) % 3 > 0 for j in range(m)] for i in range(n)]]) if linked else None
    allowed = Mask(causal=causal, window=window, keys=keys, edges=edges).allowed(n, m)

    view = torch.ones(1, 1, n, m, dtype=torch.bool) if allowed is None else allowed.expand(1, 1, n, m)
    for i in range(n):
        for j in range(m):
            expected = (
                (not causal or j <= i)
                and (window is None or abs(i - j) <= window)
                and (hidden is None or j not in hidden)
                and (not linked or (i + j) % 3 > 0)
            )
            assert expected is bool(view[0, 0, i, j])


def test_an_empty_mask_needs_no_dense_view():
    assert Mask().allowed(3, 3) is None
    assert Mask().parts == ()


def test_the_parts_are_named():
    keys, edges = torch.ones(1, 3, dtype=torch.bool), torch.ones(1, 3, 3, dtype=torch.bool)

    mask = Mask(causal=True, keys=keys, edges=edges, window=2, slopes=torch.ones(2))

    assert mask.parts == ("causal", "keys", "edges", "window", "slopes")


def test_readable_removes_what_is_hidden_even_if_it_is_not_a_number():
    k = torch.full((1, 2, 3, 4), torch.nan)
    k[:, :, 0] = 1

    readable = Mask(keys=torch.tensor([[True, False, False]])).readable(k)

    assert readable[:, :, 0].eq(1).all()
    assert readable[:, :, 1:].eq(0).all()


def test_keys_that_are_not_boolean_are_refused():
    with pytest.raises(InvalidOption, match="must be boolean"):
        Mask(keys=torch.ones(1, 3))


def test_a_negative_window_is_refused():
    with pytest.raises(InvalidOption, match="window must not be negative"):
        Mask(window=-1)


def test_a_grid_counts_its_prefix():
    assert Grid(2, 3, prefix=1).length == 7


@pytest.mark.parametrize("wrong", [{"heads": 0}, {"length": -1}, {"grid": Grid(9, 9)}])
def test_impossible_sizes_are_refused(wrong):
    with pytest.raises(InvalidOption):
        Size(**({"heads": 1, "key_features": 2, "value_features": 2, "length": 8} | wrong))
