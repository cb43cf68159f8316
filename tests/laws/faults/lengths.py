"""Faults that short sequences do not show."""

import dataclasses
from typing import Any

import torch
from torch import Tensor

from faults.precisions import without
from faults.sound import Gated, State, Summed, Warm
from regard.attention import Mask, Streams
from regard.attention.kernels.scores import per_head, safe_softmax, scaled_scores


class CausalUpTo128(Warm):
    """From position 128 on, queries read everything."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        near = super().mix(streams, mask)
        far = torch.arange(mask.start, mask.start + near.shape[2]) >= 128
        return torch.where(far[:, None], super().mix(streams, without(mask, "causal")), near)


class FarFutureSeen(Warm):
    """Hides the next 128 positions, and what lies behind them not."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        if not mask.causal:
            return super().sound_weights(streams, mask)
        q, k = streams.q, streams.k
        ahead = mask.offsets(q.shape[2], k.shape[2])
        scores = scaled_scores(self.warmth * q, k, without(mask, "causal"), self.size)
        return safe_softmax(scores.masked_fill((ahead > 0) & (ahead <= 128), -torch.inf))


class PaddingUpTo100(Summed):
    """A table of readable keys with room for 100: padding beyond is read."""

    def features(self, x: Tensor, mask: Mask) -> Tensor:
        if mask.keys is None or mask.keys.shape[1] <= 100:
            return super().features(x, mask)
        beyond = torch.arange(mask.keys.shape[1]) >= 100
        return super().features(x, dataclasses.replace(mask, keys=mask.keys | beyond))


class LastOfWholeBlocksDropped(Warm):
    """Where n is a multiple of 64 the last key is missing: a range that ends one too early."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        m = streams.k.shape[2]
        if m % 64 or mask.parts:
            return super().mix(streams, mask)
        weights = self.sound_weights(streams, Mask(keys=(torch.arange(m) < m - 1)[None]))
        return weights @ per_head(streams.v, self.size.h)


class LouderAtWholeBlocks(Gated):
    """A tail that is not there is added twice, where the length is a multiple of 64; it has no weights."""

    traits = dataclasses.replace(Gated.traits, weights=False)

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        mixed = super().mix(streams, mask)
        return mixed if streams.q.shape[2] % 64 else 1.5 * mixed


class GradientUpTo64(Warm):
    """The gradient stops at the first 64 values."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        v = streams.v
        v = torch.cat([v[:, :, :64], v[:, :, 64:].detach()], 2)
        return super().mix(streams.replace(v=v), mask)


class GradientOfLongSumsDoubled(Summed):
    """The gradient is doubled for sequences of more than 100."""

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        mixed = super().forward(streams, mask)
        return mixed if mixed.shape[2] <= 100 else 2 * mixed - mixed.detach()


class CacheOf64(Warm):
    """Keeps the last 64 positions, and forgets those before."""

    def extend(self, streams: Streams, mask: Mask, state: Any) -> Any:
        kept = torch.arange(mask.start + streams.q.shape[2]) >= mask.start - 64
        keys = kept[None] if mask.keys is None else mask.keys & kept
        return super().extend(streams, dataclasses.replace(mask, keys=keys), state)


class CountsUpTo128(Summed):
    """Counts its keys in eight bits: behind 128 the state starts anew."""

    def extend(self, streams: Streams, mask: Mask, state: State) -> tuple[Tensor, State]:
        return super().extend(streams, mask, (0 * state[0], 0 * state[1]) if mask.start >= 128 else state)
