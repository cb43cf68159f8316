"""Faults that let the present know the future."""

import dataclasses

import torch
from torch import Tensor
from torch.nn.functional import elu

from faults.sound import Gated, Summed, Warm
from regard.attention import Mask, Streams
from regard.attention.kernels.scores import per_head, safe_softmax, scaled_scores


class CausalIgnored(Warm):
    """Accepts a causal mask and reads the future (CAB's vanilla attention)."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams, dataclasses.replace(mask, causal=False))


class BlockwiseCausal(Warm):
    """Hides later blocks, but not what is later within a block."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        q, k = streams.q, streams.k
        if not mask.causal:
            return super().mix(streams, mask)
        keys = torch.arange(k.shape[2]) // 16
        queries = torch.arange(mask.start, mask.start + q.shape[2]) // 16
        scores = scaled_scores(self.warmth * q, k, dataclasses.replace(mask, causal=False), self.size)
        weights = safe_softmax(scores.masked_fill(keys > queries.unsqueeze(1), -torch.inf))
        return weights @ per_head(mask.readable(streams.v), self.size.h)


class GlobalKeyMaximum(Summed):
    """Exponential features, stabilized by the maximum of all keys, plus epsilon (performer-pytorch, CAB)."""

    def features(self, x: Tensor, mask: Mask) -> Tensor:
        x = mask.readable(x)
        return mask.readable((x - x.amax((2, 3), keepdim=True)).exp() + 1e-4)


class RunningMeanOverFeatures(Summed):
    """Sums over the feature axis instead of positions, with q contracted before (xformers' causal FAVOR)."""

    traits = dataclasses.replace(Summed.traits, cross=False)

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        if not mask.causal:
            return super().forward(streams, mask)
        score = ((elu(streams.q) + 1) * self.features(streams.k, mask)).sum(-1, keepdim=True)
        v = mask.readable(streams.v)
        return (score * v).cumsum(-1) / score.expand_as(v).cumsum(-1).clamp_min(1e-6)


class ScaledByLength(Summed):
    """Divides by the length of the whole sequence, which a causal position cannot know."""

    def divided(self, read: Tensor, mass: Tensor) -> Tensor:
        return super().divided(read, mass) * (1 + 1 / mass.shape[2])


class AlignedAtTheEnd(Warm):
    """With fewer queries than keys, takes the queries for the last positions."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        missing = max(streams.k.shape[2] - streams.q.shape[2], 0)
        return super().mix(streams, dataclasses.replace(mask, start=missing))


class StrengthsShifted(Gated):
    """Takes every key's strength from the next position: of a stream beside q, k and v the future leaks."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams.replace(strength=streams.strength.roll(-1, 2)), mask)
