"""Honest mechanisms of unusual kinds, which no law may take for faulty."""

import dataclasses
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout, softplus

from faults.sound import Summed, Warm
from regard.attention import Cost, Mask, Mechanism, Size, Stream, Streams, Traits
from regard.attention.scores import masked_scores, per_head, safe_softmax, scaled_scores, scores_of


class Silent(Warm):
    """Gives 0 for queries in the padding, which nobody reads."""

    # queries of another sequence are no padding
    traits = dataclasses.replace(Warm.traits, ties=(), cross=False, start=False)

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        weights = super().sound_weights(streams, mask)
        if mask.keys is None:
            return weights
        return weights * mask.keys[:, None, mask.start : mask.start + weights.shape[2], None]


class SilentSums(Summed):
    """Linear attention that gives 0 for queries in the padding."""

    traits = dataclasses.replace(Summed.traits, cross=False)

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        mixed = super().forward(streams, mask)
        return mixed if mask.keys is None else mixed.masked_fill(~mask.keys[:, None, :, None], 0)

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        weights = super().weights(streams, mask)
        return weights if mask.keys is None else weights.masked_fill(~mask.keys[:, None, :, None], 0)

    def extend(self, streams: Streams, mask: Mask, state: Any) -> tuple[Tensor, Any]:
        mixed, state = super().extend(streams, mask, state)
        own = mask.since_start.keys
        return (mixed if own is None else mixed.masked_fill(~own[:, None, :, None], 0)), state


class Branching(Warm):
    """Takes another way to the same weights where scores are small: which one depends on the data."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        scores = scaled_scores(self.warmth * streams.q, streams.k, mask, self.size)
        if mask.parts or scores.detach().abs().max() > 10:
            return safe_softmax(scores).to(streams.v.dtype)
        return (scores.exp() / scores.exp().sum(-1, keepdim=True)).to(streams.v.dtype)


class OwnTemperature(Warm):
    """Learns a temperature for each head, and another for each of the values' heads."""

    traits = dataclasses.replace(Warm.traits, ties=(), weights=False, normalized=False)

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

    traits = dataclasses.replace(Warm.traits, stochastic=True, normalized=False, ties=(), weights=True)

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

    traits = dataclasses.replace(Warm.traits, ties=(), normalized=False)

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


class SameSign(Mechanism):
    """Reads itself and the keys whose first feature has the sign of the query's: hashing into two buckets."""

    traits = Traits(
        source="this test",
        time="n^2",
        memory="n^2",
        causal=True,
        padding=True,
        edges=True,
        window=True,
        segments=True,
        slopes=True,
    )

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        return self.weights(streams, mask) @ mask.readable(streams.v)

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        scores = scaled_scores(streams.q, streams.k, mask, self.size)
        n = scores.shape[-1]
        keys = mask.readable(streams.k)
        alike = (streams.q[..., :1] > 0) == (keys[..., 0].unsqueeze(2) > 0)
        chosen = alike | torch.eye(n, dtype=torch.bool, device=scores.device)
        return safe_softmax(scores.masked_fill(~chosen, -torch.inf)).to(streams.v.dtype)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e = self.size.h, self.size.d, self.size.e
        return Cost(matmul_flops=2 * h * n * m * (d + e), other_flops=6 * h * n * m, state_numbers=m)


class Decaying(Mechanism):
    """A recurrence with a decay for each key, read back to front as well where it is not causal."""

    traits = Traits(source="this test", time="n", memory="n", causal=True, padding=True, equivariant=False)

    def streams(self) -> Streams[Any]:
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e, decay=Stream(1, of="keys"))

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        return self.both_ways(streams, mask)

    def both_ways(self, streams: Streams, mask: Mask) -> Tensor:
        """Forth, and back as well without a causal mask."""
        k, v = mask.readable(streams.k), mask.readable(streams.v)
        decay = mask.readable(streams.decay).sigmoid()
        forth = self.passed(streams.q, k, v, decay)
        if mask.causal:
            return forth
        back = self.passed(*(each.flip(2) for each in (streams.q, k, v, decay))).flip(2)
        return forth + back

    def passed(self, q: Tensor, k: Tensor, v: Tensor, decay: Tensor) -> Tensor:
        """What every query reads on the way."""
        memory, mixed = torch.zeros_like(k[:, :, 0, :, None] * v[:, :, 0, None]), []
        for i in range(q.shape[2]):
            memory = decay[:, :, i, :, None] * memory + k[:, :, i, :, None] * v[:, :, i, None]
            mixed.append(q[:, :, i, None] @ memory)
        return torch.cat(mixed, 2)

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        m = streams.k.shape[2]
        one_each = torch.eye(m, dtype=streams.v.dtype, device=streams.v.device).expand(
            *streams.v.shape[:2], m, m
        )
        return self.both_ways(streams.replace(v=one_each), mask)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, ways = self.size.h, self.size.d, self.size.e, 1 if mask.causal else 2
        return Cost(
            matmul_flops=2 * ways * h * n * d * e,
            other_flops=ways * h * m * (3 * d * e + 4),
            state_numbers=h * d * e,
        )


class Fixed(Mechanism):
    """A learned table of weights for each pair of places: for one length, and drawn when it is built."""

    traits = Traits(
        source="Tay et al. 2021, arXiv 2005.00743, random synthesizer",
        time="n^2",
        memory="n^2",
        causal=True,
        padding=True,
        normalized=True,
        equivariant=False,
        fixed_length=True,
        stochastic=True,
    )

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.table = nn.Parameter(torch.randn(size.h, size.length, size.length))

    def streams(self) -> Streams[Any]:
        return Streams(v=self.size.e)

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        return self.weights(streams, mask) @ mask.readable(streams.v)

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        b, _, n, _ = streams.v.shape
        return safe_softmax(masked_scores(self.table[:, :n, :n].expand(b, -1, n, n), mask)).to(
            streams.v.dtype
        )

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, e = self.size.h, self.size.e
        return Cost(matmul_flops=2 * h * n * m * e, other_flops=5 * h * n * m, state_numbers=h * m * e)


HONEST = (
    Barely,
    Branching,
    Centered,
    Decaying,
    Dropped,
    Fixed,
    OneMore,
    OwnTemperature,
    SameSign,
    Silent,
    SilentSums,
    Tabled,
    TalkingHeads,
)
