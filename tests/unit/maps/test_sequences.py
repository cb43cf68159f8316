"""Models of two sequences: each is looked at for itself, though both take one path."""

import pytest
import torch
from torch.testing import assert_close

import regard
from regard.core.errors import InvalidOption
from regard.core.settings import ModelSettings
from regard.core.shapes import ClassOutput, PairInput, Shape
from regard.core.spec import Spec
from regard.maps.layers import captured_layers
from regard.maps.look import look
from regard.models import build

ROLES = {
    "self_and_cross": ["first", "second", "first of second", "second of first"],
    "co_attention": ["first of second", "second of first"],
    "co_attention_alternating": ["first of second", "second of first"],
}

PAIR = torch.randint(11, (1, 2, 6), generator=torch.Generator().manual_seed(0))
PADDED = torch.tensor([[[True] * 6, [True] * 4 + [False] * 2]])


def model(pair, pool="mean"):
    settings = ModelSettings(layers=2, features=16, heads=2, hidden=16, pair=pair, pool=pool)
    shape = Shape(PairInput(11, 6), ClassOutput(2))
    return build(shape, [Spec.of("softmax")] * 2, settings, seed=0).eval()


@pytest.mark.parametrize("pair", ROLES)
def test_each_sequence_has_maps_of_its_own(pair):
    seen = look(model(pair), PAIR, PADDED)

    assert [layer.call.role for layer in seen.layers] == 2 * ROLES[pair]
    for layer in seen.layers:
        assert set(layer.maps) == {"weights", "operator", "contribution", "relevance", "influence"}
        assert layer.residual < 1e-5
        assert_close(layer.maps["weights"], layer.maps["operator"], atol=1e-6, rtol=0)


@pytest.mark.parametrize("pair", ["self_and_cross", "co_attention"])
def test_the_maps_of_both_are_the_rows_of_one_batch(pair):
    built = model(pair)
    with captured_layers(built) as calls:
        built(PAIR, PADDED)

    seen = look(built, PAIR, PADDED, levels=["weights"])

    both = [layer.maps["weights"] for layer in seen.layers]
    for place, call in enumerate(calls):
        assert_close(torch.stack(both[2 * place : 2 * place + 2]), call.call.weights())


@pytest.mark.parametrize("pair", ROLES)
def test_padding_of_the_other_sequence_is_not_read(pair):
    for layer in look(model(pair), PAIR, PADDED, levels=["operator"]).layers:
        hidden = layer.maps["operator"][:, :, 4:]
        assert bool(hidden.any()) == (layer.call.role in ("first", "second of first"))


def test_the_pull_of_the_answer_is_that_of_each_sequence():
    built = model("self_and_cross")

    seen = look(built, PAIR, levels=["relevance"], answer=lambda logits: logits[0, 1])

    with captured_layers(built) as calls:
        slope = torch.autograd.grad(built(PAIR)[0, 1], calls[-1].mixed)[0]
    rows = torch.stack([layer.maps["relevance"].sum(-1) for layer in seen.layers[-2:]])
    assert_close(rows, (slope * calls[-1].mixed).sum(-1).detach())


def test_several_pairs_at_once_are_refused_in_one_line():
    for pair in ROLES:
        with pytest.raises(InvalidOption, match="one pair of sequences at a time"):
            look(model(pair), PAIR.repeat(2, 1, 1))


@pytest.mark.parametrize("pool", ["mean", "class"])
def test_in_python_each_way_of_reading_is_an_example_of_its_own(pool):
    seen = regard.lens(model("self_and_cross", pool=pool), PAIR)

    (told,) = seen.to_result().models
    assert [view.example for view in told.views] == [
        "the first reads itself",
        "the second reads itself",
        "the first reads the second",
        "the second reads the first",
    ]
    assert "PairTransformer" in told.untried
    if pool == "mean":
        assert len(regard.attention_maps(model("self_and_cross"), PAIR)) == 8
