import pytest
import torch
from torch import nn
from torch.testing import assert_close

from regard.core.errors import InvalidOption, UnsupportedUse
from regard.core.settings import ModelSettings
from regard.core.shapes import ClassOutput, ImageInput, Shape, TokenInput, TokenOutput
from regard.core.spec import Spec
from regard.maps.look import LEVELS, look
from regard.mechanisms import MECHANISMS
from regard.models import build

TOKENS = Shape(TokenInput(11, 16, True), TokenOutput(11))
IMAGES = Shape(ImageInput(1, 8, 8), ClassOutput(10))
SETTINGS = ModelSettings(layers=2, features=16, heads=2, hidden=16, positions="sinusoidal", patch=2)


def model(name="softmax", shape=TOKENS, **options):
    settings = SETTINGS if not options else ModelSettings(**(vars(SETTINGS) | options))
    return build(shape, [Spec.of(name)] * settings.layers, settings, seed=0)


def tokens(n=10):
    return torch.randint(11, (1, n), generator=torch.Generator().manual_seed(0))


def test_all_levels_of_a_causal_model_are_there_and_read_nothing_later():
    seen = look(model(), tokens())

    assert [layer.call.name for layer in seen.layers] == ["blocks.0.attention", "blocks.1.attention"]
    for layer in seen.layers:
        assert tuple(layer.maps) == LEVELS
        assert layer.refused == {} and layer.outside == ()
        assert layer.residual <= 1e-5
        assert_close(layer.maps["operator"], layer.maps["weights"], rtol=0, atol=1e-6)
        assert all(not each.triu(1).any() for each in layer.maps.values())
        heads = {level: len(each) for level, each in layer.maps.items()}
        assert heads == dict.fromkeys(LEVELS, 2) | {"influence": 1}


def test_looking_changes_no_logit_and_leaves_the_model_as_it_was():
    built = model(dropout=0.5)
    built.train()
    plain = built.eval()(tokens()).detach()
    built.train()

    seen = look(built, tokens())

    assert torch.equal(seen.logits, plain)
    assert built.training
    assert all(parameter.grad is None for parameter in built.parameters())
    assert not any(part._forward_hooks for part in built.modules())


def test_frozen_weights_are_looked_at_too():
    built = model().requires_grad_(False)
    assert_close(
        look(built, tokens()).layers[0].maps["relevance"], look(model(), tokens()).layers[0].maps["relevance"]
    )


def test_an_answer_of_ones_own_is_taken_apart():
    built, x = model(), tokens()

    seen = look(built, x, levels=["relevance"], answer=lambda logits: logits[0, 4, 3])

    last = seen.layers[-1].maps["relevance"]
    assert last[:, 4].abs().sum() > 0
    assert not last[:, :4].any() and not last[:, 5:].any()


CAUSAL = [name for name in MECHANISMS.names() if MECHANISMS.find(name).traits.causal]


@pytest.mark.parametrize("name", CAUSAL)
def test_every_causal_mechanism_has_maps_or_says_why_not(name):
    seen = look(
        model(name, TOKENS),
        tokens(),
        levels=["weights", "operator", "contribution", "influence"],
    )

    for layer in seen.layers:
        assert "influence" in layer.maps
        assert {*layer.maps, *layer.refused} == {"weights", "operator", "contribution", "influence"}
        assert ("operator" in layer.maps) == (layer.residual is not None and layer.residual <= 1e-3)
        if MECHANISMS.find(name).traits.weights:
            assert layer.residual <= 1e-5
        for each in layer.maps.values():
            assert not each.triu(1).any() and each.isfinite().all()


def test_an_image_is_seen_by_its_patches_and_the_class_token():
    seen = look(model("nystrom", IMAGES), torch.rand(1, 1, 8, 8))
    assert seen.layers[0].maps["operator"].shape == (2, 17, 17)


def test_what_is_not_in_the_maps_is_told():
    layer = look(
        model("persistent_memory", output_gate=True, output_norm="rms", convolution=3), tokens()
    ).layers[0]

    assert [said.split()[1] for said in layer.outside] == ["persistent_memory", "short", "gate", "norm"]


def test_what_cannot_be_looked_at_is_refused():
    with pytest.raises(InvalidOption, match="one example at a time, and 2 were given"):
        look(model(), tokens().repeat(2, 1))
    with pytest.raises(UnsupportedUse, match="Nothing in Linear attends"):
        look(nn.Linear(2, 2), torch.ones(1, 2))
    with pytest.raises(InvalidOption, match=r"no level 'depth'\. Choose among weights"):
        look(model(), tokens(), levels=["depth"])


@pytest.mark.parametrize("half", [torch.float16, torch.bfloat16])
def test_a_model_of_our_own_in_half_precision_says_how_it_can_be_looked_at(half):
    with pytest.raises(UnsupportedUse, match=r"Transformer computes in .*: give copy.deepcopy"):
        look(model().to(half), tokens())


def test_an_empty_example_and_answers_that_are_no_numbers_are_refused_in_a_line():
    with pytest.raises(InvalidOption, match="has no positions"):
        look(model(), tokens(0))
    broken = model()
    nn.init.constant_(broken.blocks[0].attention.output.weight, float("nan"))
    with pytest.raises(UnsupportedUse, match="The model answers NaN"):
        look(broken, tokens())
