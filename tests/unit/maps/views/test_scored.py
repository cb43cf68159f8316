import base64
import gzip

import numpy as np
import pytest
import torch

from regard.core.settings import ModelSettings
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.core.spec import Spec
from regard.maps.look import look
from regard.maps.score_parts import score_parts
from regard.maps.views import scored
from regard.maps.views.scored import taken_apart
from regard.models import build

SHAPE = Shape(TokenInput(11, 16, True), TokenOutput(11))
TOKENS = torch.randint(11, (1, 7), generator=torch.Generator().manual_seed(0))


def model(name="softmax", layers=2):
    settings = ModelSettings(layers=layers, features=16, heads=2, hidden=16)
    return build(SHAPE, [Spec.of(name)] * layers, settings, seed=0).eval()


def numbers(packed, kind):
    return np.frombuffer(gzip.decompress(base64.b64decode(packed)), kind)


def seen_of(built, layer):
    return list(taken_apart(built, look(built, TOKENS), TOKENS))[layer]


@pytest.mark.parametrize("layers", [2, 4])
def test_the_parts_of_every_kept_entry_sum_to_its_score_on_both_sides(layers):
    built = model(layers=layers)
    view, parts = seen_of(built, layers - 1), score_parts(built, layers - 1, TOKENS)
    scores = parts.by_key.sum(0)
    count = sum(map(len, view.cells))
    told = numbers(view.data, "<f4").reshape(count, 2, view.kept + 1)
    which = numbers(view.parts, "<u2").reshape(count, 2, view.kept)

    assert view.kept == (9 if layers == 2 else 8) or len(view.names) <= 9
    at = [(head, cell // 7, cell % 7) for head, own in enumerate(view.cells) for cell in own]
    for k, (head, i, j) in enumerate(at):
        assert told[k].sum(1) == pytest.approx([float(scores[head, i, j])] * 2, abs=1e-5)
        largest = parts.by_key[:, head, i, j].abs().argmax()
        assert which[k, 1, 0] == largest
        assert told[k, 1, 0] == pytest.approx(float(parts.by_key[largest, head, i, j]), abs=1e-6)


def test_all_entries_that_are_read_are_kept_where_they_are_few():
    view = seen_of(model(), 1)

    assert [len(cells) for cells in view.cells] == [28, 28]
    assert all(cell % 7 <= cell // 7 for cells in view.cells for cell in cells)


def test_of_many_entries_the_strongest_are_kept(monkeypatch):
    monkeypatch.setattr(scored, "NUMBERS", 200)
    built = model()
    view, weights = seen_of(built, 0), look(built, TOKENS).layers[0].maps["weights"]

    for head, cells in enumerate(view.cells):
        assert 0 < len(cells) < 28
        left_out = set(range(49)) - set(cells)
        flat = weights[head].flatten()
        assert flat[list(cells)].min() >= flat[list(left_out)].max()


def test_a_layer_whose_scores_are_no_sums_says_why():
    assert "delta in this layer are no sums" in seen_of(model("delta"), 0)
