"""Models that are written with torch alone, as timm and many others are."""

import pytest
import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention
from torch.testing import assert_close

import regard
from regard.core.errors import InvalidOption, UnsupportedUse


class Fused(nn.Module):
    """Merged projections around torch's fused attention, with a part in front of the output projection."""

    def __init__(self, between=None):
        super().__init__()
        self.qkv = nn.Linear(16, 48)
        self.between = between or nn.Identity()
        self.drop = nn.Dropout(0.5)
        self.proj = nn.Linear(16, 16)

    def forward(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, 4, c // 4).permute(2, 0, 3, 1, 4)
        mixed = scaled_dot_product_attention(q, k, v, dropout_p=0.5 if self.training else 0.0)
        return self.proj(self.drop(self.between(mixed.transpose(1, 2).reshape(b, n, c))))


class Classifier(nn.Module):
    """Patches of an image, a class token and registers in front, one layer, ten classes."""

    def __init__(self, attention, front=3):
        super().__init__()
        self.patch = nn.Conv2d(3, 16, 4, 4)
        self.front = nn.Parameter(torch.randn(1, front, 16))
        self.attention, self.head = attention, nn.Linear(16, 10)

    def forward(self, pixels):
        patches = self.patch(pixels).flatten(2).mT
        x = torch.cat([self.front.expand(len(patches), -1, -1), patches], 1)
        return self.head((x + self.attention(x))[:, 0])


PIXELS = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def test_a_layer_around_fused_attention_has_all_that_softmax_has():
    model = Classifier(Fused())
    model.eval()
    plain = model(PIXELS).detach()
    model.train()

    seen = regard.lens(model, PIXELS)

    assert torch.equal(seen.logits, plain)
    assert model.training
    (layer,) = seen.layers
    assert set(layer.maps) == {"weights", "operator", "contribution", "relevance"}
    # only the class token is read by the head
    assert layer.maps["relevance"][:, 0].abs().sum() > 0
    assert not layer.maps["relevance"][:, 1:].any()


def test_its_page_has_the_picture_the_places_and_the_classes():
    (view,) = regard.lens(Classifier(Fused()), PIXELS).to_result().models[0].views

    assert view.queries[:4] == ("class", "extra 1", "extra 2", "row 1, column 1")
    assert (view.image.rows, view.image.columns, view.image.prefix) == (4, 4, 3)
    (answer,) = view.answers
    assert answer.place == 0
    assert len(answer.guesses) == 5
    assert view.layers[0].rollout is not None


def test_a_norm_between_heads_and_projection_is_said():
    layer = regard.lens(Classifier(Fused(nn.LayerNorm(16))), PIXELS).layers[0]

    assert "weights" in layer.maps
    assert "LayerNorm, which is no matrix alone" in layer.refused["contribution"]


def test_a_gate_between_heads_and_projection_is_said():
    class Gated(Fused):
        def forward(self, x):
            b, n, c = x.shape
            q, k, v = self.qkv(x).reshape(b, n, 3, 4, c // 4).permute(2, 0, 3, 1, 4)
            mixed = scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, c)
            return self.proj(mixed * x.sigmoid())

    layer = regard.lens(Classifier(Gated()), PIXELS).layers[0]

    assert "No output projection was found that takes the heads of attention" in layer.refused["contribution"]
    assert "relevance" in layer.maps


class Own(nn.Module):
    """Torch's own module, asked for its weights or not."""

    def __init__(self, weights):
        super().__init__()
        self.attend, self.weights = nn.MultiheadAttention(16, 4, batch_first=True), weights

    def forward(self, x):
        return self.attend(x, x, x, need_weights=self.weights)[0]


def test_torch_s_module_contributes_by_its_projection():
    model = Classifier(Own(weights=False))
    (layer,) = regard.lens(model, PIXELS).layers

    assert set(layer.maps) == {"weights", "operator", "contribution", "relevance"}
    x = torch.cat([model.front, model.patch(PIXELS).flatten(2).mT], 1)
    added = torch.einsum("bhne,bhnec->bnc", layer.call.mixed, layer.call.ways.expand(-1, -1, 19, -1, -1))
    assert_close(added + model.attention.attend.out_proj.bias, model.attention(x), atol=1e-5, rtol=1e-4)


def test_torch_s_module_that_was_asked_for_weights_was_heard_beside_the_model():
    (layer,) = regard.lens(Classifier(Own(weights=True)), PIXELS).layers

    assert set(layer.maps) == {"weights", "operator", "contribution"}
    assert layer.refused["relevance"].startswith("The model gives no logits, or none that this layer")


@pytest.mark.parametrize("kind", [torch.float64, torch.bfloat16])
def test_models_of_any_precision_have_exact_maps(kind):
    (layer,) = regard.lens(Classifier(Fused()).to(kind), PIXELS.to(kind)).layers

    assert layer.residual <= 1e-5
    assert set(layer.maps) == {"weights", "operator", "contribution", "relevance"}
    expected = torch.float64 if kind == torch.float64 else torch.float32
    assert {each.dtype for each in layer.maps.values()} == {expected}


def test_an_adapted_projection_contributes_as_it_is():
    class Adapted(nn.Module):
        """As LoRA does it: a small product beside the matrix."""

        def __init__(self):
            super().__init__()
            self.base, self.down, self.up = nn.Linear(16, 16), nn.Linear(16, 2), nn.Linear(2, 16)

        def forward(self, x):
            return self.base(x) + self.up(self.down(x))

    attention = Fused()
    attention.proj = Adapted()
    (layer,) = regard.lens(Classifier(attention), PIXELS).layers

    matrix = attention.proj.base.weight + attention.proj.up.weight @ attention.proj.down.weight
    assert_close(layer.call.ways.flatten(1, 3)[0], matrix.mT, atol=1e-5, rtol=1e-4)


def test_frozen_models_are_looked_at_too():
    torch.manual_seed(0)
    model = Classifier(Fused())
    maps = regard.lens(model, PIXELS).layers[0].maps["relevance"]
    assert_close(regard.lens(model.requires_grad_(False), PIXELS).layers[0].maps["relevance"], maps)


def test_what_was_not_heard_is_named_only_if_it_ran():
    class OwnAttention(nn.Module):
        def forward(self, x):
            return (x @ x.mT).softmax(-1) @ x

    idle = Classifier(Fused())
    idle.unused = OwnAttention()
    assert regard.attention_maps(idle, PIXELS)
    with pytest.raises(UnsupportedUse, match=r"Nothing was heard of attention \(OwnAttention\)"):
        regard.attention_maps(Classifier(OwnAttention()), PIXELS)


class TimmAttention(nn.Module):
    """As timm's: fused or not, with norms of queries and keys."""

    def __init__(self, fused):
        super().__init__()
        self.fused_attn = fused
        self.qkv, self.proj = nn.Linear(16, 48), nn.Linear(16, 16)
        self.q_norm, self.k_norm, self.norm = nn.LayerNorm(4), nn.LayerNorm(4), nn.Identity()
        self.attn_drop, self.proj_drop = nn.Dropout(0.1), nn.Dropout(0.1)

    def forward(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, 4, 4).permute(2, 0, 3, 1, 4).unbind(0)
        q, k = self.q_norm(q), self.k_norm(k)
        if self.fused_attn:
            x = scaled_dot_product_attention(q, k, v, dropout_p=self.attn_drop.p if self.training else 0.0)
        else:
            x = self.attn_drop((q * 4**-0.5 @ k.mT).softmax(-1)) @ v
        return self.proj_drop(self.proj(self.norm(x.transpose(1, 2).reshape(b, n, c))))


def test_timm_s_layers_are_heard_where_they_are_fused_and_told_to_be():
    (layer,) = regard.lens(Classifier(TimmAttention(fused=True)), PIXELS).layers
    assert set(layer.maps) == {"weights", "operator", "contribution", "relevance"}

    with pytest.raises(UnsupportedUse, match=r"attention \(TimmAttention\).*Set its fused_attn to True"):
        regard.lens(Classifier(TimmAttention(fused=False)), PIXELS)


def test_names_of_another_number_are_refused():
    with pytest.raises(InvalidOption, match="The model has 19 positions, and 2 names were given"):
        regard.lens(Classifier(Fused()), PIXELS, names=["a", "b"])
