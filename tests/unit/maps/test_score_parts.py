import pytest
import torch
from torch import nn
from torch.testing import assert_close

from regard.attention.kernels.scores import per_head
from regard.core.errors import UnsupportedUse
from regard.core.settings import ModelSettings
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.core.spec import Spec
from regard.maps.layers import captured_layers
from regard.maps.score_parts import score_parts
from regard.models import build

SHAPE = Shape(TokenInput(11, 16, True), TokenOutput(11))
TOKENS = torch.randint(11, (1, 9), generator=torch.Generator().manual_seed(0))


def model(name="softmax", **settings):
    settings = ModelSettings(layers=3, features=16, heads=2, hidden=16, **settings)
    built = build(SHAPE, [Spec.of(name)] * 3, settings, seed=0).double().eval()
    for place, parameter in built.named_parameters():
        if place.endswith("bias"):
            nn.init.normal_(parameter, std=0.3)
    return built


@pytest.mark.parametrize(
    "settings",
    [
        {"positions": "rotary"},
        {"positions": "learned", "key_heads": 1},
        {"output_norm": "layer", "output_gate": True, "projections": "merged"},
    ],
)
@pytest.mark.parametrize("layer", [0, 2])
def test_the_parts_of_a_score_sum_to_it(layer, settings):
    built = model(**settings)
    with captured_layers(built) as calls:
        built(TOKENS)
    streams = calls[layer].call.streams

    parts = score_parts(built, layer, TOKENS)

    scores = streams.q @ per_head(streams.k, 2).mT / 8**0.5
    assert_close(parts.by_key.sum(0), scores[0])
    assert_close(parts.of(1, 5, 3).sum(), scores[0, 1, 5, 3])
    (cell,) = parts.at(1, torch.tensor([5]), torch.tensor([3]))
    assert_close(cell, torch.stack([parts.of(1, 5, 3).sum(1), parts.of(1, 5, 3).sum(0)]))
    first = ("token", "position") if settings.get("positions") != "rotary" else ("embedding",)
    assert parts.names[: len(first)] == first
    assert len(parts.names) == len(parts.queries) == len(first) + 2 + 3 * layer


def test_positions_that_are_added_are_a_part_of_their_own():
    built = model(positions="learned")
    with torch.no_grad():
        built.embed.table.zero_()

    parts = score_parts(built, 0, TOKENS)

    assert not parts.by_key[parts.names.index("token")].any()
    assert parts.by_key[parts.names.index("position")].any()


@pytest.mark.parametrize("name", ["cosine", "forgetting", "gated", "additive"])
def test_scores_that_are_no_inner_products_are_refused(name):
    with pytest.raises(UnsupportedUse, match=f"{name} in this layer are no sums"):
        score_parts(model(name), 0, TOKENS)


def test_a_layer_whose_scores_are_no_such_sums_is_refused():
    with pytest.raises(UnsupportedUse, match="delta in this layer are no sums"):
        score_parts(model("delta"), 0, TOKENS)
    with pytest.raises(UnsupportedUse, match="softmax in this layer are no sums"):
        score_parts(model(qk_norm="rms"), 0, TOKENS)
