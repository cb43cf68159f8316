"""The forms of a model's mechanisms can be forced and told."""

import pytest

from regard.attention.forms import describe_forms, force_form
from regard.core.errors import InvalidOption
from regard.core.settings import ModelSettings
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.core.spec import Spec
from regard.models import build

LANGUAGE = Shape(TokenInput(5, 12, causal=True), TokenOutput(5))


def model_of(*names):
    settings = ModelSettings(layers=len(names), features=8, heads=2, hidden=8)
    return build(LANGUAGE, [Spec(name) for name in names], settings, seed=0)


def test_the_best_forms_are_told_once_each():
    assert describe_forms(model_of("softmax", "delta", "softmax")) == "softmax fused, delta chunked"


def test_a_forced_form_is_told_and_let_go_again():
    model = model_of("delta")
    force_form(model, "plain")
    assert describe_forms(model) == "delta plain"
    force_form(model, "auto")
    assert describe_forms(model) == "delta chunked"


def test_a_form_that_a_mechanism_lacks_is_refused_in_one_line():
    with pytest.raises(InvalidOption, match=r"top_k has no form 'fused'\. Choose from: auto, plain"):
        force_form(model_of("softmax", "top_k"), "fused")
