"""Transformer-XL: a segment reads itself and what is kept of those before, by relative positions."""

import math
from collections.abc import Sequence
from typing import Self, final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from regard.attention.cost import Cost
from regard.attention.kernels.chunks import in_chunks
from regard.attention.kernels.packing import Packing, taken
from regard.attention.kernels.ranks import Ranks
from regard.attention.kernels.scores import safe_softmax
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism, Near
from regard.attention.precision import in_float32, widen
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits

Past = tuple[Float[Tensor, "b h _ d"], Float[Tensor, "b h _ e"]]
"""Keys and values of the last real positions, in their order, the last one at the end."""


@final
class SegmentRecurrence(Mechanism):
    """Softmax of (q + u)·k + (q + v)·W r over the query's own segment and the `memory` positions before it.

    Use it for long text in segments, with the last one still in sight.

    r are sines and cosines of the distance i - j; u, v and W are learned for each head. Scores are divided by
    √d. Segments and distances count real positions. A causal query reads its segment up to itself, any other
    all of it. Going on, no more is kept than what a later query can reach.

    In the paper no gradient passes into the memory, since the segment before was another step of training.
    Here all segments may be in one pass, whose gradient is exact: who trains segment by segment with `extend`
    detaches the state.

    segment: positions in a segment.
    memory: positions before a segment that it reads.
    """

    traits = Traits(
        source="Dai et al. 2019, Transformer-XL, arXiv 1901.02860, section 3.3",
        time="n w",
        memory="n w",
        causal=True,
        padding=True,
        streaming=True,
        mass="exactly 1",
        equivariant=False,
        stochastic=True,
        ties=(Tie("softmax", "segment >= n, u = v = W = 0"),),
    )

    def __init__(self, size: Size, *, segment: int = 8, memory: int = 8) -> None:
        super().__init__(size)
        self.require_positive(segment=segment)
        self.require(memory >= 0, f"memory must not be negative, but is {memory}.")
        self.segment, self.memory = segment, memory
        waves = 2 * math.ceil(size.d / 2)
        self.content = nn.Parameter(torch.zeros(size.h, 1, 1, size.d))
        self.distance = nn.Parameter(torch.zeros(size.h, 1, 1, size.d))
        self.relative = nn.Parameter(torch.randn(size.h, waves, size.d) * waves**-0.5)

    @in_float32
    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        return self._read(streams, mask, self._packed(streams, mask))

    @in_float32
    def extend(
        self, streams: Streams[Tensor], mask: Mask, state: Past
    ) -> tuple[Float[Tensor, "b h n e"], Past]:
        new = self._packed(streams, mask.since_start)
        k, v = (torch.cat([old.to(x), x], 2) for old, x in zip(state, new, strict=True))
        slots, n = state[0].shape[2], streams.q.shape[2]
        ranks = Ranks.of(mask, n, k.device)
        kept = min(slots + n, self.memory + self.segment)
        # the last real ones are at the end, whatever stands before them where there are fewer
        first = slots + ranks.total - ranks.before - kept
        last = (first + torch.arange(kept, device=k.device)).clamp_min(0)
        return self._read(streams, mask, (k, v)), (taken(k, last), taken(v, last))

    def initial_state(self, b: int, device: torch.device | None = None) -> Past:
        h, d, e = self.size.h, self.size.d, self.size.e
        return torch.empty(b, h, 0, d, device=device), torch.empty(b, h, 0, e, device=device)

    @in_float32
    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n n"]:
        n, device = streams.q.shape[2], streams.q.device
        ranks = Ranks.of(mask, n, device).new.unsqueeze(1)
        there = torch.ones_like(ranks, dtype=torch.bool) if mask.keys is None else mask.keys.unsqueeze(1)
        q, k = streams.q.unsqueeze(2), mask.readable(streams.k).unsqueeze(2)
        return self._weigh(q, k, (ranks, ranks), there, n, mask.causal).squeeze(2)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e = self.size.h, self.size.d, self.size.e
        length, width = self._piece(n, mask)
        rows = -(-n // length) * length
        distances, waves = len(self._distances(m, mask.causal)), self.relative.shape[1]
        return Cost(
            matmul_flops=2 * h * (rows * width * (d + e) + distances * d * (rows + waves)),
            # add, scale; maximum, subtract, exp, sum, divide; q twice with a vector; waves
            other_flops=h * (7 * rows * width + 2 * rows * d) + 3 * distances * waves,
            state_numbers=h * min(m, self.memory + self.segment) * (d + e),
        )

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls._fading(size, factor)) for factor in (1.0, 0.1, 0.0)]

    @classmethod
    def _fading(cls, size: Size, factor: float) -> Self:
        mechanism = cls(size, segment=size.length)
        mechanism.relative.data *= factor
        return mechanism

    def _packed(self, streams: Streams[Tensor], mask: Mask) -> Past:
        """Keys and values without padding between them."""
        packing = Packing.of(mask, streams.k)
        return packing.packed(mask.readable(streams.k)), packing.packed(mask.readable(streams.v))

    def _read(self, streams: Streams[Tensor], mask: Mask, past: Past) -> Float[Tensor, "b h n e"]:
        """What queries read from packed keys, of which the last are those at their own positions."""
        q, (k, v), start = streams.q, past, mask.start
        n, m, device = q.shape[2], k.shape[2], q.device
        (length, width), extent = self._piece(n, mask), start + n
        count = -(-n // length)
        # what fills the last piece stands where the last query does
        places = torch.arange(count * length, device=device).clamp_max(n - 1)
        ranks = Ranks.of(mask, n, device)
        queries = ranks.new[:, places].view(len(ranks.new), count, length)
        first = self._first(queries[..., :1].clamp_min(0)) - min(self.memory, extent)
        keys = first + torch.arange(width, device=device)
        there = (keys >= 0) & (keys < ranks.total.unsqueeze(2))
        # the new keys begin behind what was kept
        index = (keys - ranks.before.unsqueeze(2) + m - n).clamp(0, m - 1).flatten(1)
        k, v = (taken(x, index).view(*x.shape[:2], count, width, x.shape[3]) for x in (k, v))
        rows = in_chunks(q, count, length)
        weights = self._weigh(rows, k, (queries, keys), there, extent, mask.causal)
        return (weights @ v).flatten(2, 3)[:, :, :n]

    def _weigh(
        self, q: Tensor, k: Tensor, ranks: tuple[Tensor, Tensor], there: Tensor, extent: int, causal: bool
    ) -> Float[Tensor, "b h count length width"]:
        """The weights of keys for queries, in pieces (b, h, count, length or width, d), of these ranks.

        there: which of the keys there are. extent: the number of positions so far.
        """
        queries, keys = ranks[0].unsqueeze(3), ranks[1].unsqueeze(2)
        queries = queries if causal else queries.clamp_min(0)
        first = self._first(queries)
        last = queries if causal else first + self.segment - 1
        allowed = there.unsqueeze(2) & (keys >= first - self.memory) & (keys <= last)
        distances = self._distances(extent, causal, q.device)
        # of every distance once, and from there for every pair
        relative = self._waves(distances, q.dtype) @ widen(self.relative).unsqueeze(1)
        by_distance = (q + widen(self.distance)) @ relative.mT
        apart = (queries - keys).clamp(distances[0], distances[-1]) - distances[0]
        apart = apart.unsqueeze(1).expand(*q.shape[:4], -1)
        scores = (q + widen(self.content)) @ k.mT + by_distance.gather(4, apart)
        return safe_softmax((scores / self.size.temperature).masked_fill(~allowed.unsqueeze(1), -torch.inf))

    def _first(self, ranks: Int64[Tensor, "..."]) -> Int64[Tensor, "..."]:
        """Where the segment of each position begins."""
        return ranks.div(self.segment, rounding_mode="floor") * self.segment

    def _distances(
        self, extent: int, causal: bool, device: torch.device | None = None
    ) -> Int64[Tensor, " distances"]:
        """All distances from a query back to a key that it may read, among so many positions."""
        ahead = 0 if causal else min(self.segment, extent) - 1
        return torch.arange(-ahead, min(self.segment + self.memory, extent), device=device)

    def _waves(
        self, distances: Int64[Tensor, " distances"], dtype: torch.dtype
    ) -> Float[Tensor, "distances waves"]:
        """Sines and cosines of falling frequencies."""
        waves = self.relative.shape[1]
        even = torch.arange(0, waves, 2, device=distances.device, dtype=dtype)
        angles = distances.unsqueeze(1) * torch.exp(even * (-math.log(10_000) / waves))
        return torch.cat([angles.sin(), angles.cos()], 1)

    def _piece(self, n: int, mask: Mask) -> tuple[int, int]:
        """How many queries a piece has, and how many keys they can reach."""
        extent, length = mask.start + n, min(self.segment, n)
        memory, segment = min(self.memory, extent), min(self.segment, extent)
        if mask.keys is None and mask.start % self.segment == 0:
            return length, memory + length
        # a piece may begin within a segment, and end within the next one
        return length, memory + segment + (length - 1 if mask.causal else segment)
