"""A layer under torch.export."""

from collections.abc import Iterator
from dataclasses import replace
from typing import final

import torch
from torch import Tensor, nn

from regard.attention.mask import Mask
from regard.laws import Case
from regard.laws.figures import change
from regard.models.attention import Attention
from regard.models.checking.law import LayerLaw
from regard.models.checking.subject import LayerSubject, draw


@final
class Exported(LayerLaw):
    """Exported by torch.export, a layer with all options gives what it gives else, for other inputs too."""

    def measure(self, subject: LayerSubject) -> Iterator[Case]:
        mask = subject.mask()
        layer = _WithMask(subject.furnished(), replace(mask, keys=None)).eval()
        exported = torch.export.export(layer, (draw(), mask.keys)).module()
        for seed in (0, 1):
            x = draw(seed=seed)
            yield f"draw {seed}", change(exported(x, mask.keys), layer(x, mask.keys))


@final
class _WithMask(nn.Module):
    """A layer whose mask is made of tensors: an exported program takes nothing else."""

    def __init__(self, layer: Attention, mask: Mask) -> None:
        super().__init__()
        self.layer, self.mask = layer, mask

    def forward(self, x: Tensor, keys: Tensor | None) -> Tensor:
        return self.layer(x, mask=replace(self.mask, keys=keys))
