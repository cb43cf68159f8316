import pytest
import torch

from regard.core.errors import InvalidOption
from regard.core.randomness import generator_of
from regard.models.sampling import Sampling

SHARES = torch.tensor([[0.4, 0.1, 0.3, 0.2], [0.1, 0.6, 0.1, 0.2]])
LOGITS = SHARES.log() + 3


def test_without_further_ado_tokens_are_drawn_as_the_model_says():
    torch.testing.assert_close(Sampling().probabilities(LOGITS), SHARES)


def test_a_low_temperature_makes_likely_tokens_likelier():
    torch.testing.assert_close(
        Sampling(temperature=0.5).probabilities(LOGITS), SHARES**2 / (SHARES**2).sum(1, keepdim=True)
    )


def test_of_the_likeliest_tokens_some_are_left_and_share_what_there_is():
    expected = torch.tensor([[4 / 7, 0, 3 / 7, 0], [0, 0.75, 0, 0.25]])
    torch.testing.assert_close(Sampling(top_k=2).probabilities(LOGITS), expected)
    torch.testing.assert_close(Sampling(top_k=99).probabilities(LOGITS), SHARES)


def test_the_fewest_tokens_are_left_that_reach_a_probability():
    expected = torch.tensor([[4 / 7, 0, 3 / 7, 0], [0, 1.0, 0, 0]])
    torch.testing.assert_close(Sampling(top_p=0.55).probabilities(LOGITS), expected)
    torch.testing.assert_close(Sampling(top_p=1.0).probabilities(LOGITS), SHARES)


def test_the_likeliest_token_is_always_left():
    torch.testing.assert_close(
        Sampling(top_p=1e-9).probabilities(LOGITS), torch.tensor([[1.0, 0, 0, 0], [0, 1.0, 0, 0]])
    )


def test_what_is_drawn_is_as_frequent_as_it_is_likely():
    choose = Sampling(top_k=3).drawing_from(generator_of(0, "test"))
    drawn = choose(LOGITS[:1].expand(20_000, -1)).bincount(minlength=4) / 20_000
    torch.testing.assert_close(drawn, torch.tensor([4, 0, 3, 2]) / 9, atol=0.015, rtol=0)
    assert drawn[1] == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("temperature", 0.0), ("temperature", float("inf")), ("top_k", 0), ("top_p", 0.0), ("top_p", 1.5)],
)
def test_what_cannot_be_is_refused_in_one_line(name, value):
    with pytest.raises(InvalidOption, match=f"^Sampling: {name} must [^\n]*, not {value}"):
        Sampling(**{name: value})
