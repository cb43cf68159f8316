"""`regard.lens` on the attention of timm: its own class, from its file; all of timm needs torchvision."""

from typing import Final

import pytest
import torch
from peer_files import definition
from torch import nn
from torch.nn import functional
from torch.testing import assert_close

import regard


def attention(*, fused, **options):
    around = {
        "torch": torch,
        "nn": nn,
        "F": functional,
        "Final": Final,
        "use_fused_attn": lambda: fused,
        "resolve_self_attn_mask": lambda *_: None,
        "maybe_add_mask": lambda scores, _: scores,
    }
    built = definition("timm", "timm/layers/attention.py", "Attention", **around)
    return built(16, num_heads=4, qkv_bias=True, norm_layer=nn.LayerNorm, **options)


class Classifier(nn.Module):
    """Patches of a picture behind a class token, two blocks, ten classes."""

    def __init__(self, **options):
        super().__init__()
        self.patch_embed, self.head = nn.Conv2d(3, 16, 4, 4), nn.Linear(16, 10)
        self.cls_token = nn.Parameter(torch.randn(1, 1, 16))
        self.blocks = nn.Sequential(attention(**options), attention(**options))

    def forward(self, pixels):
        x = torch.cat([self.cls_token, self.patch_embed(pixels).flatten(2).mT], 1)
        return self.head(self.blocks(x)[:, 0])


PIXELS = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("options", [{}, {"qk_norm": True}])
def test_fused_or_not_it_is_seen_whole(fused, options):
    torch.manual_seed(0)
    model = Classifier(fused=fused, **options).eval()
    plain = model(PIXELS).detach()

    seen = regard.lens(model, PIXELS)

    assert_close(seen.logits, plain, atol=1e-5, rtol=0)
    assert all(part.fused_attn == fused for part in model.blocks)
    for layer, known in zip(seen.layers, seen.beside, strict=True):
        assert set(layer.maps) == {"weights", "operator", "contribution", "relevance"}
        assert layer.residual <= 1e-5
        assert len(known.ablated) == 4
        assert isinstance(known.last, torch.Tensor)
    x = torch.cat([model.cls_token, model.patch_embed(PIXELS).flatten(2).mT], 1)
    q, k, _ = model.blocks[0].qkv(x).reshape(1, 17, 3, 4, 4).permute(2, 0, 3, 1, 4)
    q, k = model.blocks[0].q_norm(q), model.blocks[0].k_norm(k)
    assert_close(seen.layers[0].maps["weights"], (q @ k.mT / 2).softmax(-1)[0].detach())


@pytest.mark.parametrize("options", [{"gated": True}, {"scale_norm": True}])
def test_what_lies_between_its_heads_and_its_projection_is_said(options):
    layer = regard.lens(Classifier(fused=False, **options), PIXELS).layers[0]

    assert "operator" in layer.maps
    assert layer.refused["contribution"]
