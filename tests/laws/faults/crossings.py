"""Faults of queries over a few keys more or less, and of queries and keys that are both large."""

import dataclasses

import torch
from torch import Tensor
from torch.nn.functional import pad

from faults.sound import Summed, Warm, Weighed
from regard.attention import Mask, Streams
from regard.attention.kernels.scores import scaled_scores


class OneKeyMore(Weighed):
    """Where there is one key more than queries, takes it for a token in front that all may read."""

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        n, m = streams.q.shape[2], streams.k.shape[2]
        shifted = mask.causal and not mask.start and m == n + 1
        return super().weights(streams, dataclasses.replace(mask, start=1) if shifted else mask)


class LastKeyForgotten(Warm):
    """Where there is one key more than queries, and nothing is causal, the last one is not read."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        m = streams.k.shape[2]
        if mask.parts or m != streams.q.shape[2] + 1:
            return super().mix(streams, mask)
        return super().mix(streams, Mask(keys=(torch.arange(m, device=streams.k.device) < m - 1)[None]))


class OneKeyLess(Warm):
    """Where there is one key less than queries, the queries are taken for the later positions."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        mixed = super().mix(streams, mask)
        if not mask.causal or streams.q.shape[2] != streams.k.shape[2] + 1:
            return mixed
        return pad(mixed[:, :, :-1], (0, 0, 1, 0))


class LastQueriesReadNothing(Summed):
    """Queries behind the last key read nothing, when causal."""

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        mixed, m = super().forward(streams, mask), streams.k.shape[2]
        if not mask.causal or mixed.shape[2] - m > 10:
            return mixed
        return mixed.masked_fill(torch.arange(mixed.shape[2], device=mixed.device)[:, None] >= m, 0)


class StartForgottenOverMoreKeys(Weighed):
    """Counts the start from the end of the keys, where there are a few more of them."""

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        more = streams.k.shape[2] - streams.q.shape[2]
        if not (mask.causal and mask.start and 0 < more < 10):
            return super().weights(streams, mask)
        return super().weights(streams, dataclasses.replace(mask, start=more))


class HighPower(Warm):
    """Weighs by a high power of the scores, which overflows where q and k are both large."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        scores = scaled_scores(self.warmth * streams.q, streams.k, mask, self.size)
        hidden = scores == -torch.inf
        shares = (1 + (scores.masked_fill(hidden, 0) / 4).square()) ** 6
        shares = shares.masked_fill(hidden, 0)
        total = shares.sum(-1, keepdim=True)
        return shares / total.masked_fill(total == 0, 1)


class FeaturesOverflow(Summed):
    """Features to the tenth power: their products overflow where q and k are both large."""

    def features(self, x: Tensor, mask: Mask) -> Tensor:
        return mask.readable(1 + (super().features(x, mask) / 4) ** 10)

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        grown = 4 * (super().features(streams.q, Mask()) / 4) ** 10
        return super().forward(streams.replace(q=grown), mask)

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        grown = 4 * (super().features(streams.q, Mask()) / 4) ** 10
        return super().weights(streams.replace(q=grown), mask)
