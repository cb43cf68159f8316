"""What stands beside maps that `regard.lens` and `regard ask` show of models of this package."""

import pytest
import torch

import regard
from regard.core.settings import ModelSettings
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.core.spec import Spec
from regard.maps.ablation import without_head
from regard.maps.look import look
from regard.maps.views.beside import beside
from regard.models import build

TOKENS = torch.randint(11, (1, 7), generator=torch.Generator().manual_seed(0))


def model():
    settings = ModelSettings(layers=3, features=16, heads=2, hidden=16)
    shape = Shape(TokenInput(11, 16, True), TokenOutput(11))
    return build(shape, [Spec.of(name) for name in ("softmax", "delta", "uniform")], settings, seed=0).eval()


def test_a_page_says_what_fewer_layers_and_fewer_heads_would_answer():
    built = model()
    (view,) = regard.lens(built, TOKENS).to_result().models[0].views

    assert [len(layer.ablated) for layer in view.layers] == [2, 2, 2]
    last = built(TOKENS)[0, -1].softmax(-1).sort(descending=True)
    assert [guess.text for guess in view.layers[-1].guesses] == [
        str(each) for each in last.indices[:5].tolist()
    ]
    assert [guess.share for guess in view.layers[-1].guesses] == pytest.approx(last.values[:5].tolist())


def test_a_head_is_missed_at_the_places_that_are_asked():
    built = model()
    logits = built(TOKENS)[0, 4]
    first = int(logits.argmax())
    with without_head(built, "blocks.0.attention", 1):
        change = built(TOKENS)[0, 4].softmax(-1)[first] - logits.softmax(-1)[first]

    found = beside(built, look(built, TOKENS), (TOKENS,), lambda logits: logits[0, [4]])

    assert found[0].ablated[1] == pytest.approx(change.item(), abs=1e-6)
