"""Which positions can influence an answer, where that is known by counting."""

from functools import cache

import pytest
import torch
from torch import nn

from regard import list_mechanisms
from regard.attention import Size
from regard.core.settings import ModelSettings
from regard.core.shapes import (
    BottleneckOutput,
    ClassOutput,
    ImageInput,
    PairInput,
    Shape,
    TokenInput,
    TokenOutput,
)
from regard.core.spec import Spec
from regard.measures.reach import reach_of
from regard.models import build
from regard.recipes import recipe
from regard.tasks import TASKS

SMALL = ModelSettings(layers=2, features=16, heads=2, hidden=16)
SENTENCE = Shape(TokenInput(11, 12, causal=False), TokenOutput(11))
LANGUAGE = Shape(TokenInput(11, 12, causal=True), TokenOutput(11))
IMAGES = Shape(ImageInput(1, 8, 8), ClassOutput(5))


def of(shape, *mechanisms, **settings):
    model = build(shape, mechanisms, ModelSettings(**(vars(SMALL) | settings)), seed=0)
    return reach_of(model, shape)


@cache
def settings_of(task):
    """The model and the shape of a task's recipe."""
    found = recipe(task)
    part = TASKS.build(task, **found.get("task", {}))
    return part.shape, ModelSettings(**found["model"])


def by_recipe(task, *mechanisms):
    shape, settings = settings_of(task)
    return reach_of(build(shape, mechanisms, settings, seed=0), shape)


NARROW = ("identity", "dynamic_convolution", "global_filter", "segment_recurrence")
"""What does not look around, or leaves a class token as it is."""


@pytest.mark.parametrize("name", [name for name in list_mechanisms() if name not in NARROW])
def test_behind_a_class_token_every_mechanism_lets_every_patch_of_a_digit_reach_the_answer(name):
    found = by_recipe("digits", Spec(name))

    assert (found.pairs, found.reached, found.sentence) == (16, 16, None)


def test_what_never_looks_around_reads_no_patch_and_the_reader_is_told():
    found = by_recipe("digits", Spec("identity"))

    assert found.share == 0
    assert found.sentence == "the answer reads none of the 16 positions"


def test_a_narrow_window_reaches_a_whole_image_because_the_class_token_reads_all():
    assert by_recipe("digits", Spec.of("local", window=1)).sentence is None


def test_a_class_token_that_is_read_like_a_pixel_is_caught(monkeypatch):
    """Planted: without the rule for the prefix, three layers of window 2 reach six patches."""
    monkeypatch.setattr(Size, "prefix", property(lambda size: 0))

    found = by_recipe("digits", Spec.of("local", window=2))

    assert found.sentence == "the answer reads 6 of the 16 positions"


def test_on_recall_a_window_does_not_reach_every_earlier_position_and_the_reader_is_told():
    # two layers of a window of 8, each behind a convolution that reaches 2 back
    found = by_recipe("recall", Spec("local"))

    assert found.farthest == 2 * (8 + 2)
    assert found.sentence == "a position reads 17 of 32 on average; the farthest is 20 away"


@pytest.mark.parametrize("name", ["softmax", "delta", "top_k"])
def test_on_recall_the_others_reach_all(name):
    assert by_recipe("recall", Spec(name)).sentence is None


@pytest.mark.parametrize(("window", "layers"), [(1, 1), (2, 1), (2, 2), (3, 3)])
@pytest.mark.parametrize("shape", [SENTENCE, LANGUAGE], ids=["both ways", "causal"])
def test_windows_add_up_over_layers(shape, window, layers):
    found = of(shape, Spec.of("local", window=window), layers=layers)
    far, causal = window * layers, shape.input.causal

    expected = sum(-far <= j - i <= (0 if causal else far) for i in range(12) for j in range(12))
    assert found.reached == expected
    assert found.pairs == (12 * 13 // 2 if causal else 144)
    assert found.farthest == min(far, 11)


def test_answers_are_looked_at_from_the_first_to_the_last_with_nothing_left_out_on_average():
    shape = Shape(TokenInput(11, 64, causal=True), TokenOutput(11))

    assert of(shape, Spec("softmax")).pairs == 16 * 65 // 2


def test_a_hybrid_reaches_as_far_as_its_widest_layer():
    assert of(LANGUAGE, Spec.of("local", window=1), Spec("softmax")).sentence is None


def test_a_hard_selection_reaches_all_as_it_moves_with_the_input():
    assert of(SENTENCE, Spec.of("top_k", keep=1), layers=1).sentence is None


def test_a_mean_reads_all_whatever_the_mechanism():
    assert of(IMAGES, Spec("identity"), pool="mean").sentence is None


def test_a_bottleneck_is_one_answer_read_from_the_last_position():
    shape = Shape(TokenInput(11, 12, causal=True), BottleneckOutput(11, 12))

    assert of(shape, Spec("softmax")).sentence is None
    assert of(shape, Spec.of("local", window=2)).sentence == "the answer reads 5 of the 12 positions"


def test_both_sequences_of_a_pair_are_read():
    found = of(Shape(PairInput(11, 6), ClassOutput(3)), Spec("softmax"))

    assert (found.pairs, found.sentence) == (12, None)


class ClosedGate(nn.Module):
    """Sums all positions behind a gate that starts at 0."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(11, 4)
        self.gate = nn.Parameter(torch.zeros(()))
        self.logits = nn.Linear(4, 11)

    def forward(self, inputs):
        x = self.embed(inputs)
        return self.logits(x + self.gate * x.sum(1, keepdim=True))


def test_a_gate_that_starts_closed_hides_nothing_and_the_model_is_left_as_it_was():
    model = ClosedGate()
    before = {name: value.clone() for name, value in model.state_dict().items()}

    assert reach_of(model, SENTENCE).sentence is None
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not model.embed._forward_hooks
    assert model.training


def test_chance_elsewhere_is_not_disturbed():
    torch.manual_seed(7)
    before = torch.get_rng_state()

    of(SENTENCE, Spec("softmax"))

    assert torch.equal(torch.get_rng_state(), before)
