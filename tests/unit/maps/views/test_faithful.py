import pytest
import torch
from torch.testing import assert_close

from regard.core.errors import UnsupportedUse
from regard.core.settings import ModelSettings
from regard.core.spec import Spec
from regard.maps.views.faithful import RANDOM, faithfulness_of
from regard.models import build
from regard.tasks import TASKS


def model(task, mechanism="softmax", **settings):
    settings = ModelSettings(layers=1, features=16, heads=2, hidden=16, **settings)
    return build(task.shape, [Spec.of(mechanism)], settings, seed=0).eval()


@pytest.fixture(scope="module")
def arithmetic():
    return TASKS.build("arithmetic", samples=200)


@pytest.mark.parametrize("mechanism", ["softmax", "delta"])
def test_every_level_that_a_model_has_is_tried_beside_a_random_order(arithmetic, mechanism):
    built, samples = model(arithmetic, mechanism), arithmetic.split("test")[:4]

    tried = faithfulness_of(built, arithmetic.prepare(samples))

    levels = [curve.level for curve in tried.curves]
    assert RANDOM in levels and "influence" in levels
    assert [curve.gain for curve in tried.curves] == sorted(
        (curve.gain for curve in tried.curves), reverse=True
    )
    for curve in tried.curves:
        assert len(curve.deletion) == len(curve.insertion_within) == 11
        assert curve.deletion[0] == pytest.approx(curve.insertion[-1])
        assert curve.deletion[-1] == pytest.approx(curve.insertion[0])
        assert (curve.ahead is None) == (curve.level == RANDOM)
        assert (curve.behind is None) == (curve is tried.curves[0])


@pytest.mark.parametrize("pool", ["class", "mean"])
def test_pictures_are_tried_patch_by_patch(pool):
    digits = TASKS.build("digits")
    tried = faithfulness_of(model(digits, patch=2, pool=pool), digits.prepare(digits.split("test")[:3]))

    assert {curve.level for curve in tried.curves} >= {"weights", "relevance", RANDOM}
    assert tried.examples == 3


def effects(built, tokens, place):
    """How much each position matters, found by taking it away alone."""
    with torch.no_grad():
        common = built.embed(tokens).flatten(0, 1).mean(0)
        whole = built(tokens)[0, place].softmax(-1)
        guess, found = int(whole.argmax()), []
        for j in range(tokens.shape[1]):
            x = built.embed(tokens)
            x[:, j] = common
            handle = built.embed.register_forward_hook(lambda _, __, ___, x=x: x)
            found.append(whole[guess] - built(tokens)[0, place].softmax(-1)[guess])
            handle.remove()
    return torch.stack(found)


def test_a_map_that_names_what_matters_is_ahead_of_its_opposite(arithmetic, monkeypatch):
    built, samples = model(arithmetic), arithmetic.split("test")[:1]
    samples = type(samples)(samples.inputs.repeat(2, 1), samples.targets.repeat(2, 1))
    signs = {"weights": 1, "operator": -1}

    def planted(layers, level, place):
        return signs[level] * effects(built, samples.inputs[:1], place) if level in signs else None

    monkeypatch.setattr("regard.maps.views.trial.named_positions", planted)
    gains = {curve.level: curve.gain for curve in faithfulness_of(built, arithmetic.prepare(samples)).curves}

    assert gains["weights"] > 0 > gains["operator"]
    assert_close(torch.tensor(gains["weights"]), torch.tensor(-gains["operator"]), rtol=0.5, atol=0)


def test_one_sample_has_no_intervals_and_is_not_tried(arithmetic):
    with pytest.raises(UnsupportedUse, match="takes several examples to tell"):
        faithfulness_of(model(arithmetic), arithmetic.split("test")[:1])


def test_a_model_of_two_sequences_is_not_tried():
    pairs = TASKS.build("pairs", samples=200, held_out=50)
    with pytest.raises(UnsupportedUse, match="PairTransformer is none"):
        faithfulness_of(model(pairs), pairs.split("test")[:3])
