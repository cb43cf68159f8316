"""Faults that let the present know the future."""

import dataclasses

import torch
from torch import Tensor
from torch.nn.functional import elu

from faults.sound import Recurrent, Warm
from regard.attention import Mask
from regard.attention.scores import safe_softmax, scaled_scores


class CausalIgnored(Warm):
    """Accepts a causal mask and reads the future (CAB's vanilla attention)."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        return super().forward(q, k, v, dataclasses.replace(mask, causal=False))


class BlockwiseCausal(Warm):
    """Hides later blocks, but not what is later within a block."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        if not mask.causal:
            return super().forward(q, k, v, mask)
        blocks = torch.arange(k.shape[2]) // 16
        later = blocks > blocks[: q.shape[2], None]
        scores = scaled_scores(self.warmth * q, k, dataclasses.replace(mask, causal=False))
        return safe_softmax(scores.masked_fill(later, -torch.inf)) @ mask.readable(v)


class GlobalKeyMaximum(Recurrent):
    """Exponential features, stabilized by the maximum of all keys, plus epsilon (performer-pytorch, CAB)."""

    def features(self, x: Tensor, mask: Mask) -> Tensor:
        x = mask.readable(x)
        return mask.readable((x - x.amax((2, 3), keepdim=True)).exp() + 1e-4)


class RunningMeanOverFeatures(Recurrent):
    """Sums over the feature axis instead of positions, with q contracted before (xformers' causal FAVOR)."""

    traits = dataclasses.replace(Recurrent.traits, cross=False)

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        if not mask.causal:
            return super().forward(q, k, v, mask)
        a, b = elu(q) + 1, self.features(k, mask)
        score = (a * b).sum(-1, keepdim=True)
        return (score * mask.readable(v)).cumsum(-1) / score.expand_as(v).cumsum(-1).clamp_min(1e-6)


class ScaledByLength(Recurrent):
    """Divides by the length of the whole sequence, which a causal position cannot know."""

    def divided(self, read: Tensor, mass: Tensor) -> Tensor:
        return super().divided(read, mass) * (1 + 1 / mass.shape[2])


class AlignedAtTheEnd(Warm):
    """With fewer queries than keys, takes the queries for the last positions."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        missing = max(k.shape[2] - q.shape[2], 0)
        if not (mask.causal and missing):
            return super().forward(q, k, v, mask)
        padded = torch.cat([q.new_zeros(*q.shape[:2], missing, q.shape[3]), q], 2)
        whole = dataclasses.replace(mask, edges=None)
        return super().forward(padded, k, v, whole)[:, :, missing:]
