"""Padding that holds NaN or infinity, in the input of a layer."""

import math
from collections.abc import Iterator
from typing import Any, final

import torch
from torch import Tensor

from regard.attention.mask import Mask
from regard.laws import Case
from regard.laws.figures import change
from regard.models.attention import Attention
from regard.models.checking.law import LayerLaw
from regard.models.checking.subject import LENGTH, LayerSubject, draw


@final
class PaddingNan(LayerLaw):
    """NaN and infinity in the padding of the input reach no other output, and no gradient."""

    needs = ("padding",)

    def measure(self, subject: LayerSubject) -> Iterator[Case]:
        keys = (torch.arange(LENGTH) + torch.tensor([[0], [3]])) % 4 > 0
        options: dict[str, Any] = {"output_norm": "rms", "output_gate": True}
        for name, more in subject.convolved().items():
            layer = subject.build(positions="learned", **options, **more)
            for causal in (False, True) if subject.traits.causal else (False,):
                mask, way = Mask(causal=causal, keys=keys), "causal" if causal else "not causal"
                expected = _results(layer, draw(), mask)
                for poison in (math.nan, math.inf):
                    found = _results(layer, draw().masked_fill(~keys.unsqueeze(-1), poison), mask)
                    for part, wanted in expected.items():
                        yield f"{poison}, {name}, {way}, {part}", change(found[part], wanted)
            if subject.traits.cross:
                yield f"context of NaN, {name}", _of_context(layer, keys)


def _results(layer: Attention, x: Tensor, mask: Mask) -> dict[str, Tensor]:
    """The output outside the padding, and the gradients of its sum of squares."""
    assert mask.keys is not None
    x = x.clone().requires_grad_()
    real = layer(x, mask=mask)[mask.keys]
    names = [name for name, _ in layer.named_parameters()]
    slopes = torch.autograd.grad(
        real.square().sum(), [x, *layer.parameters()], allow_unused=True, materialize_grads=True
    )
    told = {f"gradient of {name}": slope for name, slope in zip(names, slopes[1:], strict=True)}
    return {"output": real, "gradient of x": slopes[0], **told}


def _of_context(layer: Attention, keys: Tensor) -> float:
    context = draw(seed=1)
    poisoned = context.masked_fill(~keys.unsqueeze(-1), math.nan)
    return change(layer(draw(n=7), poisoned, Mask(keys=keys)), layer(draw(n=7), context, Mask(keys=keys)))
