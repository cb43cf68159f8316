"""Faults that let padding be seen or counted."""

import dataclasses

import torch
from torch import Tensor
from torch.nn.functional import elu

from faults.sound import Summed, Warm, Weighed
from regard.attention import Mask, Streams
from regard.attention.kernels.scores import per_head, safe_softmax, scaled_scores


class PaddingIgnored(Warm):
    """Accepts a padding mask and never looks at it (CAB's cosFormer, lucidrains' linformer)."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams, dataclasses.replace(mask, keys=None))


class MaskOnValuesOnly(Summed):
    """Hides the values of the padding but leaves its keys in the normalizer (performer-pytorch, fla)."""

    def features(self, x: Tensor, mask: Mask) -> Tensor:
        return elu(x) + 1


class PaddingCounted(Summed):
    """Zeroed padding still enters a mean over positions, here one that is subtracted (landmark means)."""

    def features(self, x: Tensor, mask: Mask) -> Tensor:
        x = mask.readable(x)
        return mask.readable(elu(x - x.mean(2, keepdim=True)) + 1)


class MultipliedByMask(Warm):
    """Multiplies what is hidden by zero, which leaves NaN what it is."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        v = per_head(streams.v, self.size.h)
        if mask.keys is not None:
            v = v * mask.keys[:, None, :, None]
        return self.sound_weights(streams, mask) @ v


class PaddingForgottenWhenCausal(Warm):
    """Honors one part of the mask at a time."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams, dataclasses.replace(mask, keys=None) if mask.causal else mask)


class HiddenWhereBothHide(Weighed):
    """Joins what a window hides and what padding hides by `&` where `|` is meant (CAB's local attention)."""

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        if mask.keys is None or mask.window is None:
            return self.sound_weights(streams, mask)
        narrow = Mask(window=mask.window, start=mask.start)
        outside = ~narrow.allowed(streams.q.shape[2], streams.k.shape[2])
        hidden = outside & ~mask.keys[:, None, None, :]
        rest = dataclasses.replace(mask, keys=None, window=None)
        scores = scaled_scores(self.warmth * streams.q, streams.k, rest, self.size)
        return safe_softmax(scores.masked_fill(hidden, -torch.inf))


class UniformWhenNothing(Warm):
    """Hides by a large negative number, so that a row that may read nothing reads everything alike."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        scores = scaled_scores(self.warmth * streams.q, streams.k, mask, self.size).clamp_min(-1e9)
        return scores.softmax(-1) @ per_head(mask.readable(streams.v), self.size.h)


class NanWhenNothing(Summed):
    """Divides by zero where nothing was read and hides the NaN, which poisons the gradient all the same."""

    def divided(self, read: Tensor, mass: Tensor) -> Tensor:
        return torch.where(mass == 0, 0.0, read / mass)
