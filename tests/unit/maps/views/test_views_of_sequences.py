import pytest

from regard.core.settings import ModelSettings
from regard.core.spec import Spec
from regard.maps.views.plain import ELSEWHERE
from regard.maps.views.sequences import views_of
from regard.models import build
from regard.tasks import TASKS


def model(task, **settings):
    settings = ModelSettings(layers=2, features=16, heads=2, hidden=16, **settings)
    return build(task.shape, [Spec.of("softmax")] * 2, settings, seed=0).eval()


@pytest.fixture(scope="module")
def pairs():
    return TASKS.build("pairs", samples=200, held_out=50, length=5)


def test_a_pair_has_a_view_for_each_way_in_which_it_is_read(pairs):
    sample = pairs.split("test")[:1]

    views = views_of(model(pairs, pool="mean"), pairs, sample, "sample 1", step=10)

    first, second = (tuple(map(str, row.tolist())) for row in sample.inputs[0])
    assert [(view.queries, view.keys) for view in views] == [
        (first, first),
        (second, second),
        (first, second),
        (second, first),
    ]
    assert {view.step for view in views} == {10}
    for place, view in enumerate(views):
        assert view.example.startswith("the ") and view.example.endswith(": sample 1")
        assert view.answers[0].truth in ("match", "different")
        # of each block the layer by which a sequence reads itself, then that by which it reads the other
        there = [bool(layer.maps) for layer in view.layers]
        assert there == [place < 2, place >= 2] * 2
        assert all(ELSEWHERE in layer.refused.values() for layer in view.layers if not layer.maps)
        assert all(len(layer.ablated) == 2 for layer in view.layers)


@pytest.mark.parametrize("pair", ["co_attention", "co_attention_alternating"])
@pytest.mark.parametrize("pool", ["class", "mean"])
def test_co_attention_has_two_views(pairs, pair, pool):
    views = views_of(model(pairs, pair=pair, pool=pool), pairs, pairs.split("test")[:1], "first")

    assert len(views) == 2
    assert all(layer.maps for view in views for layer in view.layers)
    assert all((view.queries[0] == "class") == (pool == "class") for view in views)


def test_a_sample_of_one_sequence_has_one_view():
    arithmetic = TASKS.build("arithmetic", samples=200)

    (view,) = views_of(model(arithmetic), arithmetic, arithmetic.split("test")[:1], "first")

    assert view.example == "first"
