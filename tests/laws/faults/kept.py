"""Faults in what a mechanism keeps, how it reads memory, and how it learns."""

import dataclasses
from typing import Any

import torch
from torch import Tensor, nn

from faults.sound import Warm
from regard.attention import Mask, Size, Streams
from regard.attention.kernels.scores import safe_softmax, scaled_scores

COMMON: dict[int, nn.Parameter] = {}
"""Parameters by the number of heads."""


class OneForAll(Warm):
    """Every mechanism of as many heads learns the same parameter."""

    def __init__(self, size: Size, **options: Any) -> None:
        super().__init__(size, **options)
        self.warmth = COMMON.setdefault(size.h, self.warmth)


class FrozenByTraining(Warm):
    """Lets its parameter learn from one call only."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        mixed = super().mix(streams, mask)
        if self.training:
            self.warmth.requires_grad_(False)
        return mixed


class KeptInDecoding(Warm):
    """Computes a gain once for all calls without gradient."""

    def __init__(self, size: Size, **options: Any) -> None:
        super().__init__(size, **options)
        self.exponent = nn.Parameter(torch.zeros(size.h, 1, 1))

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        gain = self.exponent.exp()
        if not torch.is_grad_enabled():
            gain = vars(self).setdefault("gain", gain)
        return super().sound_weights(streams.replace(q=streams.q * gain), mask)


class FeaturesInTheirOrder(Warm):
    """Takes queries whose features lie apart in memory for others."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        q = streams.q
        if q.stride(-1) > 1 and q.stride(-2) == 1:
            q = q.mT.contiguous().view(q.shape)
        return super().mix(streams.replace(q=q), mask)


class ExamplesOnce(Warm):
    """Reads nothing from values that lie in memory once for all examples."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        once = streams.v.stride(0) == 0
        return super().mix(streams.replace(v=0 * streams.v) if once else streams, mask)


class Halved(torch.autograd.Function):
    """Nothing, with a gradient that is read in the order in which it lies in memory."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        return slope if slope.is_contiguous() else slope / 2


class GradientInItsOrder(Warm):
    """Learns half of what it should where the gradient of its output does not lie in one piece."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return Halved.apply(super().mix(streams, mask))


class NanAtSilence(Warm):
    """Divides queries by their norm, which may be 0, to multiply by it again."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        norm = streams.q.norm(dim=-1, keepdim=True)
        return super().mix(streams.replace(q=streams.q / norm * norm), mask)


class NanWhereAllIsAlike(Warm):
    """Divides keys by how much they differ, to multiply by it again."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        keys = mask.readable(streams.k)
        spread = (keys - keys[:, :, :1]).norm(dim=(2, 3), keepdim=True)
        return super().mix(streams.replace(k=keys / spread * spread), mask)


class OnceDetached(torch.autograd.Function):
    """Softmax with a backward of its own, which forgets that weights depend on scores."""

    @staticmethod
    def forward(ctx: Any, scores: Tensor) -> Tensor:
        ctx.weights = safe_softmax(scores)
        return ctx.weights.clone()

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        weights = ctx.weights
        return weights * (slope - (weights * slope).sum(-1, keepdim=True))


class SecondDerivativeLost(Warm):
    """Right once, and wrong where the gradient is differentiated."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        scores = scaled_scores(self.warmth * streams.q, streams.k, mask, self.size)
        return OnceDetached.apply(scores).to(streams.v.dtype)


class MaskLostByAsking(Warm):
    """Reads the future once its weights have been asked for, as keras #23038."""

    def __init__(self, size: Size, **options: Any) -> None:
        super().__init__(size, **options)
        self.asked = False

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams, dataclasses.replace(mask, causal=False) if self.asked else mask)

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        self.asked = True
        return super().weights(streams, mask)


CAUGHT = {
    ExamplesOnce: "memory_layout",
    FeaturesInTheirOrder: "memory_layout",
    FrozenByTraining: "registration",
    GradientInItsOrder: "memory_layout",
    MaskLostByAsking: "deterministic",
    KeptInDecoding: "state_dict_round_trip",
    NanAtSilence: "logit_scales",
    NanWhereAllIsAlike: "logit_scales",
    OneForAll: "registration",
    SecondDerivativeLost: "second_derivative",
}
