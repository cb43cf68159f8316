import json
import sys
from dataclasses import replace

import pytest
from lens_results import Planted, lens_result

from regard.commands.lens_page import BUDGET, page_of
from regard.core.results import LensResult
from regard.core.results.lens import Answer
from regard.maps.views.reduced import reduced, weight

LONG = Planted(layers=2, heads=2, tokens=tuple(str(i) for i in range(64)), memory=True)


@pytest.fixture(scope="module")
def result():
    return lens_result(LONG)


def test_a_result_within_its_budget_stays_as_it_is(result):
    assert reduced(result, weight(result)) is result


def test_a_larger_one_has_the_smallest_blocks_that_fit_and_keeps_its_names(result):
    found = reduced(result, weight(result) // 2)

    assert weight(found) <= weight(result) // 2
    (view,) = found.models[0].views
    assert view.queries == result.models[0].views[0].queries
    for layer in view.layers:
        blocks = [*layer.maps.values(), layer.rollout, layer.memory.returned]
        assert {block.pooled for block in blocks} == {2}
        assert {block.queries for block in blocks} == {32}
    assert LensResult.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_the_rows_of_answers_and_the_last_row_stay_exact(result):
    (view,) = result.models[0].views
    placed = {answer.place for answer in view.answers} | {63}

    block = reduced(result, 1).models[0].views[0].layers[0].maps["weights"]

    assert set(block.rows.places) == placed
    assert block.pooled == 32


def test_of_many_answers_some_keep_their_rows():
    planted = lens_result(LONG)
    (view,) = planted.models[0].views
    answers = tuple(Answer(place=i, guesses=(), truth=None) for i in range(64))
    model = replace(planted.models[0], views=(replace(view, answers=answers),))

    block = reduced(replace(planted, models=(model,)), 1).models[0].views[0].layers[0].maps["weights"]

    assert len(block.rows.places) == 8
    assert block.rows.places[-1] == 63
    assert list(block.rows.places) == sorted(block.rows.places)


@pytest.mark.timeout(300)
def test_a_page_of_many_heads_and_a_long_sequence_is_below_its_budget():
    result = deep(lens_result(Planted(layers=1, heads=12, grid=22, signed=True)), layers=12)
    assert weight(result) > BUDGET

    page = page_of(result)

    sys.stdout.write(f"{weight(result) / 1e6:.1f} MB of maps became a page of {len(page) / 1e6:.1f} MB\n")
    assert len(page) <= 1.01 * BUDGET


def deep(result, layers):
    """The same with its only layer so many times."""
    (model,) = result.models
    (view,) = model.views
    view = replace(view, layers=view.layers * layers)
    return replace(result, models=(replace(model, layers=model.layers * layers, views=(view,)),))
