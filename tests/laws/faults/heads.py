"""Faults that `weights` and `forward` share: only the output itself can show them."""

import dataclasses

import torch
from torch import Tensor

from faults.masks import with_bias
from faults.sound import Warm, Weighed
from regard.attention import Mask, Streams
from regard.attention.kernels.scores import per_head, safe_softmax, scaled_scores


class Hiding(Weighed):
    """The same, with keys that the class hides on its own."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        scores = scaled_scores(self.warmth * streams.q, streams.k, mask, self.size)
        hidden = self.hidden(mask, mask.offsets(*scores.shape[2:])) if mask.causal else None
        return safe_softmax(scores if hidden is None else scores.masked_fill(hidden, -torch.inf))

    def hidden(self, mask: Mask, offset: Tensor) -> Tensor:
        """What is hidden besides, by key position minus query position."""
        raise NotImplementedError


class LastHeadLooksBack(Hiding):
    """Causal means j < i in the last head, and j <= i in the others."""

    def hidden(self, mask: Mask, offset: Tensor) -> Tensor:
        return (offset == 0) & (torch.arange(self.size.h) == self.size.h - 1)[:, None, None]


class NeighborSkipped(Hiding):
    """Causal leaves out the key just before the query."""

    def hidden(self, mask: Mask, offset: Tensor) -> Tensor:
        return offset == -1


class FirstKeyLost(Hiding):
    """Causal never reads the first key, but for the first query."""

    def hidden(self, mask: Mask, offset: Tensor) -> Tensor:
        first = torch.arange(offset.shape[1]) == 0
        return first & (offset < 0)


class OwnBlockOnly(Hiding):
    """Causal reads within blocks of four."""

    def hidden(self, mask: Mask, offset: Tensor) -> Tensor:
        keys = torch.arange(offset.shape[1])
        return keys // 4 != (keys - offset) // 4


class SlopesRolled(Warm):
    """Every head has the slope of its neighbor."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        slopes = mask.bias.slopes
        rolled = mask if slopes is None else with_bias(mask, slopes=slopes.roll(1))
        return super().sound_weights(streams, rolled)


class SlopesAveraged(Warm):
    """Every head has the mean of all slopes."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        slopes = mask.bias.slopes
        shared = mask if slopes is None else with_bias(mask, slopes=slopes.mean().expand_as(slopes))
        return super().sound_weights(streams, shared)


class TableOfTheFirstHead(Warm):
    """Every head has the table of the first, where the mask is causal."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        table = mask.bias.table
        shared = mask if table is None or not mask.causal else with_bias(mask, table=table[:1])
        return super().sound_weights(streams, shared)


class DenseOfTheLastHeadLost(Warm):
    """The last head has no dense bias."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        dense = mask.bias.dense
        if dense is None or dense.shape[-3] == 1:
            return super().sound_weights(streams, mask)
        last = (torch.arange(dense.shape[-3]) == dense.shape[-3] - 1)[:, None, None]
        return super().sound_weights(streams, with_bias(mask, dense=dense.masked_fill(last, 0)))


class SlopesTwice(Warm):
    """Slopes count double."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        slopes = mask.bias.slopes
        return super().sound_weights(streams, mask if slopes is None else with_bias(mask, slopes=2 * slopes))


class DenseCooled(Warm):
    """The dense bias is divided by the temperature, as if it belonged to the product."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        dense = mask.bias.dense
        cooled = mask if dense is None else with_bias(mask, dense=dense / self.size.temperature)
        return super().sound_weights(streams, cooled)


class RowsAboveOneInSecret(Warm):
    """Declares normalized rows and no weights, and mixes 1.1 of everything."""

    traits = dataclasses.replace(Warm.traits, weights=False)

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return 1.1 * super().mix(streams, mask)


class TakesBackInSecret(Warm):
    """Declares normalized rows and no weights, and mixes some values with a negative weight."""

    traits = dataclasses.replace(Warm.traits, weights=False)

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        sound = self.sound_weights(streams, mask)
        weights = 2 * sound - sound.square() / sound.square().sum(-1, keepdim=True).clamp_min(1e-30)
        return weights @ per_head(mask.readable(streams.v), self.size.h)


CAUGHT = {
    DenseCooled: "biases_agree",
    DenseOfTheLastHeadLost: "bias_by_head",
    FirstKeyLost: "readable_keys",
    LastHeadLooksBack: "readable_keys",
    NeighborSkipped: "readable_keys",
    OwnBlockOnly: "readable_keys",
    RowsAboveOneInSecret: "mass",
    SlopesAveraged: "bias_by_head",
    SlopesRolled: "bias_by_head",
    SlopesTwice: "biases_agree",
    TableOfTheFirstHead: "bias_by_head",
    TakesBackInSecret: "mass",
}
