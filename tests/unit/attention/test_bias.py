import pytest
import torch

from regard.attention import Bias, Mask, alibi_slopes
from regard.core.errors import InvalidOption

SLOPES = torch.tensor([0.5, 2.0])


def test_an_empty_bias_adds_nothing():
    assert Bias().added(torch.zeros(3, 4, dtype=torch.int64)) is None


def test_slopes_lower_scores_by_the_distance():
    added = Mask(bias=Bias(slopes=SLOPES)).added(3, 4)

    assert added[1].tolist() == [[0, -2, -4, -6], [-2, 0, -2, -4], [-4, -2, 0, -2]]


def test_a_table_gives_each_offset_its_number_and_farther_ones_the_nearest():
    table = torch.tensor([[10.0, 20, 30, 40, 50], [1, 2, 3, 4, 5]])

    added = Mask(bias=Bias(table=table)).added(2, 5)

    assert added[1].tolist() == [[3, 4, 5, 5, 5], [2, 3, 4, 5, 5]]
    assert added[0].tolist() == [[30, 40, 50, 50, 50], [20, 30, 40, 50, 50]]


def test_offsets_are_those_of_the_place_of_the_first_query():
    table = torch.tensor([[10.0, 20, 30]])

    assert Mask(start=2, bias=Bias(table=table)).added(1, 4)[0].tolist() == [[10, 10, 20, 30]]


@pytest.mark.parametrize("shape", [(2, 3, 4), (5, 2, 3, 4)])
def test_the_parts_add_up(shape):
    dense, table = torch.randn(shape), torch.randn(2, 3)
    parts = {"slopes": SLOPES, "table": table, "dense": dense}

    together = Mask(bias=Bias(**parts)).added(3, 4)

    alone = [Mask(bias=Bias(**{name: part})).added(3, 4) for name, part in parts.items()]
    torch.testing.assert_close(together, sum(alone))


def test_rows_of_a_dense_bias_are_those_of_the_piece_over_the_keys_so_far():
    dense = torch.randn(2, 6, 6)

    rows = Bias(slopes=SLOPES, dense=dense).rows(2, 5)

    assert torch.equal(rows.dense, dense[:, 2:5, :5])
    assert rows.slopes is SLOPES


def test_a_table_without_a_middle_is_refused():
    with pytest.raises(InvalidOption, match=r"2 · extent \+ 1 columns, an odd number, not 4"):
        Bias(table=torch.zeros(2, 4))


def test_slopes_are_those_of_alibi():
    torch.testing.assert_close(alibi_slopes(8), 2.0 ** -torch.arange(1, 9))
    assert len(alibi_slopes(6)) == 6
    assert len(set(alibi_slopes(12).tolist())) == 12


@pytest.mark.parametrize(
    "bias, part",
    [
        (Bias(slopes=torch.zeros(3)), "slopes"),
        (Bias(table=torch.zeros(3, 5)), "table"),
        (Bias(dense=torch.zeros(2, 4, 6)), "dense"),
        (Bias(dense=torch.zeros(4, 5)), "dense"),
        (Bias(dense=torch.zeros(7, 3, 4, 5)), "dense"),
        (Bias(dense=torch.zeros(6, 2, 4, 5)), "dense"),
    ],
)
def test_a_bias_of_other_heads_or_lengths_does_not_fit(bias, part):
    assert f"its part '{part}' should be" in bias.misfit(7, 2, 4, 5)


@pytest.mark.parametrize("heads", [1, 2])
def test_a_bias_of_each_head_or_of_all_fits(heads):
    bias = Bias(torch.zeros(heads), torch.zeros(heads, 5), torch.zeros(7, heads, 4, 5))

    assert bias.misfit(7, 2, 4, 5) is None
