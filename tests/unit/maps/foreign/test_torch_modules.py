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


@pytest.mark.parametrize("kind", ["zero", "mean"])
def test_a_head_is_switched_off_in_front_of_its_projection(kind):
    model = Classifier(Fused()).eval()
    (layer,) = regard.lens(model, PIXELS, switched_off=kind).layers
    heads = layer.call.mixed.detach().clone()
    heads[:, 1] = heads[:, 1].mean((0, 1)) if kind == "mean" else 0
    x = torch.cat([model.front, model.patch(PIXELS).flatten(2).mT], 1)
    expected = model.attention.proj(heads.transpose(1, 2).flatten(2))

    with layer.call.junction.without(1, kind):
        assert_close(model.attention(x), expected)


@pytest.mark.parametrize("weights", [True, False])
@pytest.mark.parametrize("kind", ["zero", "mean"])
def test_a_head_of_torch_s_module_is_switched_off_though_its_projection_is_never_called(kind, weights):
    model = Classifier(Own(weights)).eval()
    (layer,) = regard.lens(model, PIXELS).layers
    heads = layer.call.mixed.detach().clone()
    heads[:, 1] = heads[:, 1].mean((0, 1)) if kind == "mean" else 0
    x = torch.cat([model.front, model.patch(PIXELS).flatten(2).mT], 1)
    expected = model.attention.attend.out_proj(heads.transpose(1, 2).flatten(2))

    with torch.no_grad(), layer.call.junction.without(1, kind):
        assert_close(model.attention(x), expected, atol=1e-6, rtol=1e-5)
    assert not model.attention.attend._forward_hooks
    assert torch.backends.mha.get_fastpath_enabled()


def test_the_answer_changes_without_each_head_or_the_page_says_why_it_is_not_known():
    (view,) = regard.lens(Classifier(Fused()), PIXELS).to_result().models[0].views
    assert len(view.layers[0].ablated) == 4 and all(view.layers[0].ablated)

    spared = regard.lens(Classifier(Fused()), PIXELS, switched_off=None).to_result().models[0].views[0]
    assert spared.layers[0].refused["ablated"] == "No head was switched off: switched_off=None."

    with pytest.raises(InvalidOption, match="needs several examples at once"):
        regard.lens(Classifier(Fused()), PIXELS, switched_off="resample")


def test_maps_are_tried_patch_by_patch_on_pictures():
    torch.manual_seed(0)
    tried = [torch.rand(1, 3, 16, 16) for _ in range(3)]
    (told,) = regard.lens(Classifier(Fused()).eval(), PIXELS, tried=tried).to_result().models

    assert told.faithfulness.examples == 3
    curves = {curve.level: curve for curve in told.faithfulness.curves}
    assert set(curves) == {"weights", "operator", "contribution", "relevance", "random"}
    assert {curve.deletion[0] for curve in curves.values()} == {curves["random"].deletion[0]}
    assert curves["weights"].deletion[-1] == pytest.approx(curves["random"].deletion[-1])


def test_a_model_that_embeds_nothing_by_itself_says_so():
    class Mixed(Classifier):
        def forward(self, pixels):
            return super().forward(pixels.flip(3))

    (told,) = regard.lens(Mixed(Fused()), PIXELS, tried=[PIXELS, PIXELS]).to_result().models

    assert told.untried.startswith("No module of Mixed was found that embeds each position by itself")


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


def test_names_of_another_number_are_refused():
    with pytest.raises(InvalidOption, match="The model has 19 positions, and 2 names were given"):
        regard.lens(Classifier(Fused()), PIXELS, names=["a", "b"])
