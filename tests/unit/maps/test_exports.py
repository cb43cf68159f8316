import pytest
import torch
from torch import nn

from regard.core.errors import InvalidOption, UnsupportedUse
from regard.maps.exports import for_bertviz, for_circuitsvis
from regard.maps.look import look


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 2)

    def forward(self, x):
        return self.layers(x)


@pytest.fixture(scope="module")
def seen():
    return look(Model(), torch.randn(1, 5, 16))


def test_bertviz_is_given_a_batch_of_one_for_every_layer(seen):
    given = for_bertviz(seen)

    assert [each.shape for each in given] == [(1, 4, 5, 5)] * 2
    assert torch.equal(given[1][0], seen.layers[1].maps["operator"])
    assert not any(each.requires_grad for each in given)


def test_circuitsvis_is_given_the_heads_of_a_layer(seen):
    assert torch.equal(for_circuitsvis(seen, 1, "contribution"), seen.layers[1].maps["contribution"])


def test_what_was_not_looked_at_is_refused(seen):
    with pytest.raises(InvalidOption, match="No layer has the role 'cross'"):
        for_bertviz(seen, role="cross")
    with pytest.raises(UnsupportedUse, match="self_attn has no map of the level influence"):
        for_circuitsvis(seen, 0, "influence")
