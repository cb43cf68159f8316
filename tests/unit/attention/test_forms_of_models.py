"""The forms of a model's mechanisms can be forced and told."""

import pytest
import torch

from regard.attention.forms import describe_forms, force_form, refuse_misfits, without_kernels
from regard.core.errors import InvalidOption
from regard.core.settings import ModelSettings
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.core.spec import Spec
from regard.models import build

LANGUAGE = Shape(TokenInput(5, 12, causal=True), TokenOutput(5))


CPU = torch.device("cpu"), torch.float32
CUDA = torch.device("cuda"), torch.bfloat16


def model_of(*names):
    settings = ModelSettings(layers=len(names), features=8, heads=2, hidden=8)
    return build(LANGUAGE, [Spec(name) for name in names], settings, seed=0)


def test_the_best_forms_are_told_once_each():
    assert describe_forms(model_of("softmax", "delta", "softmax"), *CPU) == "softmax fused, delta chunked"


def test_a_forced_form_is_told_and_let_go_again():
    model = model_of("delta")
    force_form(model, "plain")
    assert describe_forms(model, *CPU) == "delta plain"
    force_form(model, "auto")
    assert describe_forms(model, *CPU) == "delta chunked"


def test_a_form_that_a_mechanism_lacks_is_refused_in_one_line():
    with pytest.raises(InvalidOption, match=r"top_k has no form 'fused'\. Choose from: auto, plain"):
        force_form(model_of("softmax", "top_k"), "fused")


def test_on_cuda_a_kernel_is_told_in_advance():
    settings = ModelSettings(layers=1, features=32, heads=2, hidden=8)
    long = Shape(TokenInput(5, 200, causal=True), TokenOutput(5))
    model = build(long, [Spec("local")], settings, seed=0)

    assert describe_forms(model, *CPU) == "local fused"
    assert describe_forms(model, *CUDA) == "local flex"
    without_kernels(model)
    assert describe_forms(model, *CUDA) == "local fused"


def test_a_forced_kernel_trains_no_seeds_at_once():
    model = model_of("local")
    force_form(model, "flex")
    with pytest.raises(InvalidOption, match="local: the form 'flex' cannot train several seeds at once"):
        without_kernels(model)


def test_a_kernel_that_cannot_be_trained_there_is_refused_in_advance():
    model = model_of("local")
    force_form(model, "flex")
    with pytest.raises(InvalidOption, match="local: the form 'flex' needs streams on CUDA"):
        refuse_misfits(model, *CPU)
