"""Faults that let padding be seen or counted."""

import dataclasses

import torch
from torch import Tensor
from torch.nn.functional import elu

from faults.sound import Recurrent, Warm
from regard.attention import Mask
from regard.attention.scores import safe_softmax, scaled_scores


class PaddingIgnored(Warm):
    """Accepts a padding mask and never looks at it (CAB's cosFormer, lucidrains' linformer)."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        return super().forward(q, k, v, dataclasses.replace(mask, keys=None))


class MaskOnValuesOnly(Recurrent):
    """Hides the values of the padding but leaves its keys in the normalizer (performer-pytorch, fla)."""

    def features(self, x: Tensor, mask: Mask) -> Tensor:
        return elu(x) + 1


class PaddingCounted(Recurrent):
    """Zeroed padding still enters a mean over positions, here one that is subtracted (landmark means)."""

    def features(self, x: Tensor, mask: Mask) -> Tensor:
        x = mask.readable(x)
        return mask.readable(elu(x - x.mean(2, keepdim=True)) + 1)


class MultipliedByMask(Warm):
    """Multiplies what is hidden by zero, which leaves NaN what it is."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        if mask.keys is not None:
            v = v * mask.keys[:, None, :, None]
        return self.weights(q, k, mask) @ v


class PaddingForgottenWhenCausal(Warm):
    """Honors one part of the mask at a time."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        kept = dataclasses.replace(mask, keys=None) if mask.causal else mask
        return super().forward(q, k, v, kept)


class HiddenWhereBothHide(Warm):
    """Joins what a window hides and what padding hides by `&` where `|` is meant (CAB's local attention)."""

    def weights(self, q: Tensor, k: Tensor, mask: Mask) -> Tensor:
        if mask.keys is None or mask.window is None:
            return super().weights(q, k, mask)
        outside = ~Mask(window=mask.window).allowed(q.shape[2], k.shape[2])
        hidden = outside & ~mask.keys[:, None, None, :]
        scores = scaled_scores(self.warmth * q, k, dataclasses.replace(mask, keys=None, window=None))
        return safe_softmax(scores.masked_fill(hidden, -torch.inf))

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        return self.weights(q, k, mask) @ v


class UniformWhenNothing(Warm):
    """Hides by a large negative number, so that a row that may read nothing reads everything alike."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        scores = scaled_scores(self.warmth * q, k, mask).clamp_min(-1e9)
        return scores.softmax(-1) @ mask.readable(v)


class NanWhenNothing(Recurrent):
    """Divides by zero where nothing was read and hides the NaN, which poisons the gradient all the same."""

    def divided(self, read: Tensor, mass: Tensor) -> Tensor:
        return torch.where(mass == 0, 0.0, read / mass)
