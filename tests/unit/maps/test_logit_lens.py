import pytest
import torch
from torch import nn
from torch.testing import assert_close

from regard.attention import Mask
from regard.core.errors import UnsupportedUse
from regard.core.settings import ModelSettings
from regard.core.spec import Spec
from regard.maps.layers import attention_layers
from regard.maps.logit_lens import logits_by_layer
from regard.models import build
from regard.tasks import TASKS

TOKENS = torch.tensor([[1, 2, 3, 4]])


class Embedded(nn.Module):
    """Torch's own encoder between an embedding and a readout."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(10, 16)
        layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)
        self.encoder, self.read = nn.TransformerEncoder(layer, 3), nn.Linear(16, 5)

    def forward(self, tokens):
        return self.read(self.encoder(self.embed(tokens)))


NAMES = [f"encoder.layers.{place}.self_attn" for place in range(3)]


def test_of_a_transformer_it_is_what_the_readout_makes_of_every_stream():
    task = TASKS.build("arithmetic", samples=200)
    settings = ModelSettings(layers=3, features=16, heads=2, hidden=16)
    model = build(task.shape, [Spec.of("softmax")] * 3, settings, seed=0).eval()
    x, expected = model.positions(model.embed(TOKENS)), []
    with torch.no_grad():
        for block in model.blocks:
            x = block(x, Mask(causal=True))
            expected.append(model.readout(x, None))

    found = logits_by_layer(model, list(attention_layers(model)), TOKENS)

    assert_close(list(found), expected)


def test_of_a_class_token_it_is_what_the_readout_makes_of_every_stream():
    task = TASKS.build("digits")
    settings = ModelSettings(layers=2, features=16, heads=2, hidden=16, pool="class")
    model = build(task.shape, [Spec.of("softmax")], settings, seed=0).eval()
    images = task.prepare(task.split("train")[:1]).inputs
    with torch.no_grad():
        first = model.blocks[0](model.positions(model.class_token(model.embed(images))), Mask())
        expected = [model.readout(first, None), model(images)]

    found = logits_by_layer(model, list(attention_layers(model)), images)

    assert_close(list(found), expected)


def test_of_any_model_with_blocks_it_is_its_answer_to_the_stream_behind_a_block():
    model = Embedded().eval()
    with torch.no_grad():
        first = model.encoder.layers[0](model.embed(TOKENS))
        expected = [model.read(first), model(TOKENS)]

    found = logits_by_layer(model, NAMES, TOKENS)

    assert_close([found[0], found[2]], expected)
    assert not any(part._forward_hooks for part in model.modules())


def test_a_layer_outside_of_the_last_blocks_has_none():
    model = Embedded().eval()
    model.before = nn.ModuleList([nn.MultiheadAttention(16, 4)])

    assert logits_by_layer(model, ["before.0", *NAMES], TOKENS)[0] is None


def test_blocks_that_are_not_to_be_found_are_refused_and_those_of_another_shape_left_out():
    with pytest.raises(UnsupportedUse, match="MultiheadAttention lie in no list of blocks"):
        logits_by_layer(nn.MultiheadAttention(8, 2), [""], torch.randn(1, 3, 8))

    wide = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 4))
    assert logits_by_layer(wide, ["0", "1"], torch.randn(1, 4))[0] is None
