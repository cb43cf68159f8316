import json

import pytest
import torch
from torch.testing import assert_close

from regard.core.results import LensResult
from regard.core.results.lens import LayerFacts, LensModel
from regard.core.settings import ModelSettings
from regard.core.spec import Spec
from regard.maps.blocks import maps_of
from regard.maps.look import look
from regard.maps.views.mean import mean_views
from regard.maps.views.positions import patch_grid
from regard.maps.views.view import view_of
from regard.models import build
from regard.tasks import TASKS

SETTINGS = {"layers": 2, "features": 16, "heads": 2, "hidden": 16}


def model(task, mechanism="softmax", **settings):
    settings = ModelSettings(**(SETTINGS | settings))
    return build(task.shape, [Spec.of(mechanism)] * settings.layers, settings, seed=0)


@pytest.fixture(scope="module")
def arithmetic():
    return TASKS.build("arithmetic", samples=200, reverse=True)


@pytest.fixture(scope="module")
def digits():
    return TASKS.build("digits")


def test_a_sum_is_seen_with_its_tokens_answers_and_maps(arithmetic):
    sample, built = arithmetic.split("test")[:1], model(arithmetic, positions="learned")

    view = view_of(built, arithmetic, sample, "first")

    text = arithmetic.text(sample.inputs[0])
    assert view.queries == view.keys == tuple(text)
    assert view.image is None
    assert [answer.truth for answer in view.answers] == list(
        arithmetic.show(arithmetic.split("test"), 0)[-3:]
    )
    assert [answer.place for answer in view.answers] == [5, 6, 7]
    assert all(len(answer.guesses) == 5 for answer in view.answers)
    last = view.layers[-1]
    assert last.guesses == view.answers[-1].guesses
    assert len(last.ablated) == 2 and any(last.ablated)
    assert last.rollout.heads == 1
    seen = look(built, sample.inputs).layers[0].maps["contribution"]
    assert (maps_of(view.layers[0].maps["contribution"]) - seen).abs().max() <= 0.005 * seen.max()
    assert set(last.metrics) >= {
        "entropy",
        "relative distance",
        "previous",
        "duplicate",
        "first",
        "effective rank",
    }
    assert last.memory is None and last.recalled == ()


def test_a_digit_is_seen_with_its_picture_and_its_patches(digits):
    view = view_of(model(digits, patch=2), digits, digits.split("test")[:1], "first")

    assert view.queries[:3] == ("class", "row 1, column 1", "row 1, column 2")
    assert (view.image.rows, view.image.columns, view.image.prefix) == (4, 4, 1)
    assert view.image.data.startswith("data:image/png;base64,")
    (answer,) = view.answers
    assert answer.place == 0
    assert "class token" in view.layers[0].metrics


def test_a_recurrent_layer_shows_its_memory_and_a_choosing_one_what_it_recalls(arithmetic):
    sample = arithmetic.split("test")[:1]

    recurrent = view_of(model(arithmetic, "delta"), arithmetic, sample, "first").layers[0]
    choosing = view_of(model(arithmetic, "top_k"), arithmetic, sample, "first").layers[0]

    assert recurrent.memory.returned.queries == len(recurrent.memory.size[0]) == 8
    assert all(0 < share <= 1 for share in choosing.recalled)
    assert "weights" in recurrent.refused and "weights" in choosing.maps


def test_a_view_is_part_of_a_result_that_is_read_back(arithmetic, tmp_path):
    view = view_of(model(arithmetic), arithmetic, arithmetic.split("test")[:1], "first", step=10)
    facts = tuple(LayerFacts(name=f"blocks.{i}", mechanism="softmax", heads=2) for i in range(2))
    result = LensResult(
        digest="a", title="t", models=(LensModel(label="l", about="", layers=facts, views=(view,)),)
    )

    result.write(tmp_path / "lens.json")

    assert LensResult.read(tmp_path / "lens.json") == result
    assert json.loads((tmp_path / "lens.json").read_text())["kind"] == "lens"


def test_the_mean_of_examples_and_their_deviation_are_views_of_their_own(arithmetic):
    samples, built = arithmetic.split("test")[:3], model(arithmetic, positions="learned")

    mean, deviation = mean_views(built, arithmetic, samples)

    maps = torch.stack([look(built, x.unsqueeze(0)).layers[1].maps["weights"] for x in samples.inputs])
    assert (mean.summary, deviation.summary) == ("mean", "deviation")
    assert (mean.example, deviation.example) == ("mean of 3", "deviation of 3")
    assert mean.queries == tuple(map(str, range(8)))
    assert_close(maps_of(mean.layers[1].maps["weights"]).float(), maps.mean(0), atol=0.005, rtol=0)
    spread = maps.std(0, correction=0)
    assert_close(maps_of(deviation.layers[1].maps["weights"]).float(), spread, atol=0.005, rtol=0)


def test_patches_and_the_class_token_are_told_from_the_number_of_positions():
    assert patch_grid(torch.zeros(1, 8, 8), 17) == (4, 4, 1)
    assert patch_grid(torch.zeros(3, 32, 32), 64) == (8, 8, 0)
    with pytest.raises(ValueError, match="6 positions are no patches"):
        patch_grid(torch.zeros(1, 8, 8), 6)
