"""Faults in what stands around the mechanism: heads, taps, norms, dropout."""

import torch
from torch import nn

from regard.attention import Mask
from regard.models import Attention


class HeadsInTurn(Attention):
    """Gives the query heads their key heads in turn, not group by group."""

    def _streams(self, projected, start):
        streams = super()._streams(projected, start)
        g, h = self.size.g, self.size.h
        if g == h:
            return streams
        order = torch.arange(h) % g * (h // g)
        return streams.map(lambda each: each[:, order] if each.shape[1] == h else each)


class OneHeadForAll(Attention):
    """Lets every query head read the first key head."""

    def _streams(self, projected, start):
        streams = super()._streams(projected, start)
        grouped = [name for name in "kv" if name in streams] if self.size.g != self.size.h else []
        first = {name: getattr(streams, name)[:, :1] for name in grouped}
        return streams.replace(**{n: each.expand_as(getattr(streams, n)) for n, each in first.items()})


class TapsAheadWhenCausal(Attention):
    """A convolution that is centered under a causal mask too."""

    def project(self, x, context):
        projected = super().project(x, context)
        if self.convolutions.names and x.shape[1]:
            ahead = projected["v"].roll(-1, 1)
            return projected | {"v": projected["v"] + 0.1 * ahead}
        return projected


class NormedOverPositions(Attention):
    """Centers the output over all positions in training, those behind the present one too."""

    def _finish(self, mixed, x):
        mixed = mixed - mixed.mean(2, keepdim=True) if self.training else mixed
        return super()._finish(mixed, x)


class TailLost(Attention):
    """Goes on with a convolution that finds zeros before each piece."""

    def extend(self, x, mask, state):
        mixed, after = super().extend(x, mask, state)
        for tail in after.tails.values():
            tail.zero_()
        return mixed, after


class DropsInEvaluation(Attention):
    """Drops numbers whether it trains or not."""

    def _finish(self, mixed, x):
        output = super()._finish(mixed, x)
        return output if self.dropout is None else nn.functional.dropout(output, self.dropout.p, True)


class DropsUnscaled(Attention):
    """Does not scale up what it keeps."""

    def _finish(self, mixed, x):
        output = super()._finish(mixed, x)
        return output if self.dropout is None or not self.training else output * (1 - self.dropout.p)


class PaddingProjected(Attention):
    """Projects what lies in the padding: NaN there reaches the gradients of the projections."""

    def forward(self, x, context=None, mask=Mask()):
        output = super().forward(x, context, mask)
        return output if context is not None else output + 0 * self.output(x)


class PaddingSummed(Attention):
    """Adds to every output a trace of all inputs, those in the padding too."""

    def forward(self, x, context=None, mask=Mask()):
        read = x if context is None else context
        return super().forward(x, context, mask) + 1e-3 * read.mean(1, keepdim=True)
