"""What `regard.lens` adds to the maps of a model that is given as a module."""

import pytest
import torch
from torch import nn

import regard
from regard.core.settings import ModelSettings
from regard.core.spec import Spec
from regard.models import build
from regard.report.lens import render_lens
from regard.tasks import TASKS


@pytest.fixture(scope="module")
def task():
    return TASKS.build("arithmetic", samples=200)


@pytest.fixture(scope="module")
def samples(task):
    return task.prepare(task.split("test")[:3])


def transformer(task, mechanism="softmax"):
    settings = ModelSettings(layers=2, features=16, heads=2, hidden=16)
    return build(task.shape, [Spec.of(mechanism)] * 2, settings, seed=0)


def test_a_model_of_our_own_says_what_made_its_scores_and_which_map_predicts_it(task, samples):
    model = transformer(task)

    seen = regard.lens(model, samples.inputs[:1], tried=samples)

    (told,) = seen.to_result().models
    assert all(layer.scores for layer in told.views[0].layers)
    assert told.faithfulness and told.faithfulness.examples == 3
    assert not told.untried
    assert model.training


def test_an_example_may_be_given_by_names(task, samples):
    seen = regard.lens(transformer(task), {"inputs": samples.inputs[:1]})

    assert all(layer.scores for layer in seen.to_result().models[0].views[0].layers)


def test_scores_that_are_no_sums_say_why(task, samples):
    (told,) = regard.lens(transformer(task, "delta"), samples.inputs[:1]).to_result().models

    assert "are no sums" in told.views[0].layers[0].refused["scores"]


def test_of_one_example_the_result_says_why_no_map_is_tried(task, samples):
    result = regard.lens(transformer(task), samples.inputs[:1]).to_result()

    assert result.models[0].faithfulness is None
    assert "tried=examples" in result.models[0].untried
    assert result.models[0].untried in render_lens(result)


def test_of_a_model_of_another_library_both_reasons_stand_in_the_result():
    model, x = nn.MultiheadAttention(8, 2, batch_first=True), torch.randn(1, 4, 8)

    (told,) = regard.lens(model, x, x, x, tried=[(x, x, x)] * 2).to_result().models

    assert "MultiheadAttention is not known part by part" in told.views[0].layers[0].refused["scores"]
    assert told.untried.endswith("picture: MultiheadAttention is none.")
