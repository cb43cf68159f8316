"""Faults in how positions are told."""

from dataclasses import replace

import torch
from torch import nn

from regard.models import Attention
from regard.models.positions import Rotary


class FrequenciesRounded(Attention):
    """Its sines and cosines are converted with the module: positions 300 and 301 become one."""

    def _apply(self, fn, recurse=True):
        super()._apply(fn, recurse)
        if self.rotary is not None:
            # as if the angles had been computed in the type of the weights
            dtype, table = self.output.weight.dtype, self.rotary
            angles = torch.arange(table.length).to(dtype).unsqueeze(1) * frequencies(table.features).to(dtype)
            sin, cos = angles.sin(), angles.cos()
            table.table = torch.stack(
                [torch.stack([cos, cos], -1).flatten(-2), torch.stack([-sin, sin], -1).flatten(-2)]
            ).float()
        return self


def frequencies(features):
    return 10_000 ** (-torch.arange(0, features, 2) / features)


class TableKeptEmpty(Attention):
    """A table that is not computed anew when the module comes from the meta device."""

    def to_empty(self, *, device, recurse=True):
        super().to_empty(device=device, recurse=recurse)
        for module in self.modules():
            if isinstance(module, Rotary):
                module.table = torch.zeros_like(module.table)
        return self


class SlopesRounded(Attention):
    """Rounds ALiBi's slopes where the weights are narrow: the smallest becomes 0."""

    def biased(self, mask):
        mask = super().biased(mask)
        if self.alibi is None:
            return mask
        narrow, slopes = self.output.weight.dtype.itemsize == 2, mask.bias.slopes
        rounded = (64 * slopes).round() / 64 if narrow else slopes
        return replace(mask, bias=replace(mask.bias, slopes=rounded))


class StartForgotten(Attention):
    """Goes on as if every piece began at position 0."""

    def _streams(self, projected, start):
        return super()._streams(projected, dict.fromkeys(start, 0))


class AddedFromTheFront(Attention):
    """Adds the first positions to every piece."""

    def __init__(self, *given, **options):
        super().__init__(*given, **options)
        self.added = FromTheFront(self.added)


class FromTheFront(nn.Module):
    def __init__(self, added):
        super().__init__()
        self.added = added

    def forward(self, x, start=0):
        return self.added(x)


class KeysAreNotTurned(Attention):
    """Turns the queries alone."""

    def _streams(self, projected, start):
        streams = super()._streams(projected, start)
        if self.rotary is None:
            return streams
        rotary, self.rotary = self.rotary, None
        plain = super()._streams(projected, start)
        self.rotary = rotary
        return streams.replace(k=plain.k)


class TurnedWithinThousandths(Attention):
    """Turns by a thousandth of the angle: neighbors are hardly told apart."""

    def __init__(self, *given, **options):
        super().__init__(*given, **options)
        if self.rotary is not None:
            self.rotary.compute = lambda dtype, device: nearly_still(self.rotary, dtype)
            self.rotary.renew()


def nearly_still(rotary, dtype):
    table = Rotary(rotary.features, 1).table.expand(-1, rotary.length, -1).to(dtype).clone()
    table[1] += torch.arange(rotary.length).unsqueeze(1) * 1e-6
    return table
