"""Honest mechanisms of unusual kinds, which no law may take for faulty."""

import dataclasses

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout, softplus

from faults.sound import Warm
from regard.attention import Cost, Mask, Size, Streams
from regard.attention.kernels.scores import masked_scores, per_head, safe_softmax, scaled_scores, scores_of


class Silent(Warm):
    """Gives 0 for queries in the padding, which nobody reads."""

    # queries of another sequence are no padding
    traits = dataclasses.replace(Warm.traits, ties=(), cross=False, start=False)

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        weights = super().sound_weights(streams, mask)
        if mask.keys is None:
            return weights
        return weights * mask.keys[:, None, mask.start : mask.start + weights.shape[2], None]


class Branching(Warm):
    """Takes another way to the same weights where scores are small: which one depends on the data."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        scores = scaled_scores(self.warmth * streams.q, streams.k, mask, self.size)
        if mask.parts or scores.detach().abs().max() > 10:
            return safe_softmax(scores).to(streams.v.dtype)
        return (scores.exp() / scores.exp().sum(-1, keepdim=True)).to(streams.v.dtype)


class OwnTemperature(Warm):
    """Learns a temperature for each head, and another for each of the values' heads."""

    traits = dataclasses.replace(Warm.traits, ties=(), weights=False, mass=None)

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.temperature = nn.Parameter(torch.zeros(size.h, 1, 1))
        self.gain = nn.Parameter(torch.ones(size.h, 1, size.e))

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        warm = streams.replace(q=streams.q * softplus(self.temperature))
        return super().mix(warm, mask) * self.gain


class Dropped(Warm):
    """Drops weights in training, and declares it."""

    traits = dataclasses.replace(Warm.traits, stochastic=True)

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        weights = dropout(self.sound_weights(streams, mask), 0.2, self.training)
        return weights @ per_head(mask.readable(streams.v), self.size.h)


class TalkingHeads(Warm):
    """Mixes the scores of all heads before the softmax, and the weights after it (arXiv 2003.02436)."""

    traits = dataclasses.replace(Warm.traits, stochastic=True, mass=None, ties=(), weights=True)

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.before = nn.Parameter(torch.eye(size.h) + 0.2 * torch.randn(size.h, size.h))
        self.after = nn.Parameter(torch.eye(size.h) + 0.2 * torch.randn(size.h, size.h))

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        k = per_head(mask.readable(streams.k), self.size.h)
        scores = scores_of(self.warmth * streams.q, k, self.size)
        mixed = torch.einsum("gh,bhnm->bgnm", self.before.to(scores), scores)
        weights = safe_softmax(masked_scores(mixed, mask))
        return torch.einsum("gh,bhnm->bgnm", self.after.to(weights), weights).to(streams.v.dtype)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        sound = super().cost(n, m, mask)
        # with one head torch multiplies by a number
        mixing = 4 * self.size.h**2 * n * m if self.size.h > 1 else 0
        return dataclasses.replace(sound, matmul_flops=sound.matmul_flops + mixing)


class Barely(Warm):
    """Differs from softmax by less than 1 % for usual scores: it caps large ones (as Gemma 2 does)."""

    traits = dataclasses.replace(Warm.traits, ties=(), equivariant=True)

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        k = per_head(mask.readable(streams.k), self.size.h)
        scores = scores_of(streams.q, k, self.size)
        cap = 6 * self.warmth.to(scores)
        warm = cap * (scores / cap).tanh()
        return safe_softmax(masked_scores(warm, mask)).to(streams.v.dtype)


class OneMore(Warm):
    """Softmax with one more term in the sum, which is learned: 0.7 % apart at 90 keys."""

    traits = dataclasses.replace(Warm.traits, ties=(), mass=None)

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        scores = scaled_scores(streams.q, streams.k, mask, self.size)
        more = (self.warmth.to(scores) - 2).expand_as(scores[..., :1])
        return torch.cat([scores, more], -1).softmax(-1)[..., :-1].to(streams.v.dtype)


class Centered(Warm):
    """Keeps a running mean of its keys in training, and takes it from them: softmax does not see it."""

    mean: Tensor

    def __init__(self, size: Size, *, warmth: float = 2.0) -> None:
        super().__init__(size, warmth=warmth)
        self.register_buffer("mean", torch.zeros(size.d))

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        if self.training:
            seen = mask.readable(streams.k).detach().mean((0, 1, 2))
            self.mean = 0.9 * self.mean + 0.1 * seen.to(self.mean)
        return super().sound_weights(streams.replace(k=streams.k - self.mean.to(streams.k)), mask)


class Tabled(Warm):
    """Takes a number for each distance from a table, which is made longer when it is needed."""

    traits = dataclasses.replace(Warm.traits, ties=(), equivariant=False)
    table: Tensor

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.lengthen(size.length, torch.device("cpu"))

    def lengthen(self, length: int, device: torch.device) -> None:
        """Let the table reach this far."""
        self.register_buffer("table", -0.05 * torch.arange(length, device=device), persistent=False)

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        scores = scaled_scores(self.warmth * streams.q, streams.k, mask, self.size)
        n, m = scores.shape[2:]
        if len(self.table) < mask.start + n + m:
            self.lengthen(mask.start + n + m, scores.device)
        near = self.table.to(scores)[mask.offsets(n, m, scores.device).abs()]
        return safe_softmax(scores + near).to(streams.v.dtype)


HONEST = (
    Barely,
    Branching,
    Centered,
    Dropped,
    OneMore,
    OwnTemperature,
    Silent,
    Tabled,
    TalkingHeads,
)
