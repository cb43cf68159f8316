"""What a model of another library answers behind fewer blocks, and without a head."""

import pytest
import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

import regard
from regard.maps.views import beside as beside_module

PIXELS = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))


class Fused(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.proj = nn.Linear(16, 48), nn.Linear(16, 16)

    def forward(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, 4, c // 4).permute(2, 0, 3, 1, 4)
        return self.proj(scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, c))


class Own(nn.Module):
    def __init__(self, weights):
        super().__init__()
        self.attend, self.weights = nn.MultiheadAttention(16, 4, batch_first=True), weights

    def forward(self, x):
        return self.attend(x, x, x, need_weights=self.weights)[0]


class Block(nn.Module):
    """Gives what goes on, and something else, as many models do."""

    def __init__(self, attention, others):
        super().__init__()
        self.norm, self.attention, self.others = nn.LayerNorm(16), attention, others

    def forward(self, x):
        x = x + self.attention(self.norm(x))
        return (x, "more") if self.others else x


class Classifier(nn.Module):
    """Patches of an image, blocks, a norm, the mean of all places, ten classes."""

    def __init__(self, *attentions, others=False):
        super().__init__()
        torch.manual_seed(0)
        self.patch = nn.Conv2d(3, 16, 4, 4)
        self.blocks = nn.ModuleList(Block(attention, others) for attention in attentions)
        self.norm, self.head = nn.LayerNorm(16), nn.Linear(16, 10)

    def forward(self, pixels, depth=None):
        x = self.patch(pixels).flatten(2).mT
        for block in self.blocks[:depth]:
            x = block(x)
            x = x if isinstance(x, torch.Tensor) else x[0]
        return self.head(self.norm(x).mean(1))


def layers_of(model, *given):
    return regard.lens(model, *given).to_result().models[0].views[-1].layers


def shares(logits):
    return logits[0].softmax(-1).sort(descending=True).values[:5].tolist()


@pytest.mark.parametrize("others", [False, True])
def test_each_block_answers_as_the_model_would_that_ends_behind_it(others):
    model = Classifier(Fused(), Fused(), Fused(), others=others)

    layers = layers_of(model, PIXELS)

    for depth, layer in enumerate(layers, 1):
        assert [guess.share for guess in layer.guesses] == pytest.approx(shares(model(PIXELS, depth)))


@pytest.mark.parametrize("make", [Fused, lambda: Own(weights=False), lambda: Own(weights=True)])
def test_without_a_head_its_part_of_the_projection_is_gone(make):
    model = Classifier(make(), make())
    first = int(model(PIXELS).argmax())
    before = model(PIXELS).softmax(-1)[0, first]

    layers = layers_of(model, PIXELS)

    attention = model.blocks[1].attention
    projection = attention.proj if isinstance(attention, Fused) else attention.attend.out_proj
    for head in range(4):
        weight = projection.weight.data.clone()
        projection.weight.data[:, 4 * head : 4 * head + 4] = 0
        change = (model(PIXELS).softmax(-1)[0, first] - before).item()
        projection.weight.data = weight
        assert layers[1].ablated[head] == pytest.approx(change, abs=1e-6)
    assert any(abs(change) > 1e-6 for change in layers[0].ablated)


def test_of_many_heads_none_is_switched_off(monkeypatch):
    monkeypatch.setattr(beside_module, "MOST_HEADS", 7)
    layers = layers_of(Classifier(Fused(), Fused()), PIXELS)

    assert all(layer.ablated == () and layer.guesses for layer in layers)
    assert layers[0].refused["ablated"].startswith("It has 8 heads")


class Narrower(nn.Module):
    """Half of the places go on, as in models with stages."""

    def __init__(self):
        super().__init__()
        self.attention = Fused()

    def forward(self, x):
        return self.attention(x)[:, ::2]


def test_blocks_of_another_shape_have_no_guesses():
    staged = Classifier(Fused(), Fused(), Fused())
    staged.blocks[1] = Narrower()
    first, second, _ = layers_of(staged, PIXELS)
    assert not first.guesses and second.guesses


def test_a_block_that_runs_twice_answers_behind_each_run():
    model = Classifier(Fused(), Fused())
    model.blocks.append(model.blocks[0])

    for depth, layer in enumerate(layers_of(model, PIXELS), 1):
        assert [guess.share for guess in layer.guesses] == pytest.approx(shares(model(PIXELS, depth)))
