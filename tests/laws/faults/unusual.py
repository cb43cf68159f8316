"""Honest mechanisms of unusual kinds that form no softmax of all pairs, which no law may take for faulty."""

import dataclasses
from typing import Any

import torch
from torch import Tensor, nn

from faults.sound import Summed
from regard.attention import Cost, Mask, Mechanism, Size, Stream, Streams, Traits
from regard.attention.kernels.scores import masked_scores, safe_softmax, scaled_scores


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
        mass="exactly 1",
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


UNUSUAL = (
    Decaying,
    Fixed,
    SameSign,
    SilentSums,
)
