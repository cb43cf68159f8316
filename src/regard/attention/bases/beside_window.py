"""Mechanisms that read a window of keys and, beside it, entries that stand for blocks of the past."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar, final

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn.functional import pad

from regard.attention.cost import Cost
from regard.attention.kernels.band import Band
from regard.attention.kernels.entries import Entries
from regard.attention.kernels.scores import per_head, scores_of
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism, Near
from regard.attention.precision import in_float32
from regard.attention.size import Size
from regard.attention.streams import Stream, Streams

B = TypeVar("B", bound="BesideWindow")

SHUT = -1e4
"""A score of the sink that leaves nothing to it."""

LESS_AND_LESS = (0.0, -5.0, SHUT)
"""Scores of the sink."""


class Memory(NamedTuple):
    """What later queries can reach: entries, what further ones are made of, and the window."""

    entries: Float[Tensor, "b 1 w features"]
    content: Float[Tensor, "b 1 _ features"]
    score: Float[Tensor, "b 1 _ features"]
    k: Float[Tensor, "b g _ d"]
    v: Float[Tensor, "b g _ e"]


class Place(NamedTuple):
    """Where queries stand among the keys of the window."""

    kept: int
    """Keys before the first query."""
    causal: bool


class BesideWindow(Mechanism, ABC):
    """Abstract. A final subclass has entries that begin with a key and a value, and says which are read.

    One softmax over the keys at most `window` positions away, entries, and a sink, whose score is learned for
    each head. All heads read the same entries. Computed in float32 at least.
    """

    entries: Entries
    """How blocks become entries."""

    def __init__(self, size: Size, *, block: int, window: int) -> None:
        super().__init__(size)
        self.block, self.window = block, window
        most = size.length + 1
        self.require(1 <= block <= most, f"block must be between 1 and length + 1 = {most}, not {block}.")
        self.require(window >= 0, f"window must not be negative, but is {window}.")
        self.sink = nn.Parameter(torch.zeros(size.h, 1, 1, 1))

    @abstractmethod
    def mix(
        self,
        streams: Streams[Tensor],
        entries: Float[Tensor, "b 1 w features"],
        complete: Bool[Tensor, "n w"],
        place: Place,
    ) -> Float[Tensor, "b h n e"]:
        """What n queries read, given which blocks are complete for each."""

    @abstractmethod
    def choosing_cost(self, n: int, w: int) -> tuple[int, int]:
        """Operations of n queries that choose among w entries: of matrix products, and all others."""

    def streams(self) -> Streams[Any]:
        made_of = Stream(self.entries.ways * self.entries.features, of="keys", shared=True)
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e, content=made_of, score=made_of)

    @in_float32
    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        q = streams.q
        if mask.causal:
            return self._go_on(streams, self.initial_state(q.shape[0], q.device), 0)[0]
        entries = self.entries(streams.content, streams.score, 0)
        complete = torch.ones(q.shape[2], entries.shape[2], dtype=torch.bool, device=q.device)
        return self.mix(streams, entries, complete, Place(0, causal=False))

    @final
    @in_float32
    def extend(
        self, streams: Streams[Tensor], mask: Mask, state: Memory
    ) -> tuple[Float[Tensor, "b h n e"], Memory]:
        return self._go_on(streams, state, mask.start)

    @final
    def initial_state(self, b: int, device: torch.device | None = None) -> Memory:
        g, features = self.heads_of("k"), self.entries.features
        made_of = self.entries.ways * features
        shapes = (1, features), (1, made_of), (1, made_of), (g, self.size.d), (g, self.size.e)
        return Memory(*[torch.empty(b, heads, 0, x, device=device) for heads, x in shapes])

    @final
    def read(
        self, streams: Streams[Tensor], entries: Tensor, readable: Bool[Tensor, "... n w"], place: Place
    ) -> tuple[Float[Tensor, "b h n e"], Float[Tensor, "b h n w"]]:
        """What n queries read, and the weights of the entries."""
        n, skipped = streams.q.shape[2], 0 if streams.q.shape[2] == 1 else place.kept
        queries, values, near = self._window(streams, place)
        entry_k, entry_v = self.entries.split(entries)[:2]
        far = scores_of(queries.flatten(2, 3), entry_k, self.size)
        # what fills the chunks beyond the queries may read anything
        hidden = pad(~readable, (0, 0, skipped, far.shape[2] - skipped - n))
        far = far.masked_fill(hidden, -torch.inf).reshape(*near.shape[:4], entries.shape[2])
        sink = self.sink.to(near).expand(*near.shape[:4], 1)
        # with the sink a row is never empty
        weights = torch.cat([sink, far, near], -1).softmax(-1)
        of_entries, of_keys = weights[..., 1 : -near.shape[4]].flatten(2, 3), weights[..., -near.shape[4] :]
        mixed = (of_keys @ values).flatten(2, 3) + of_entries @ entry_v
        return mixed[:, :, skipped : skipped + n], of_entries[:, :, skipped : skipped + n]

    @final
    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, kept = self.size.h, self.size.d, self.size.e, min(mask.start, self.window)
        band, w = self._band(n + kept, mask.causal), m // self.block
        rows, span = (1, kept + 1) if n == 1 else (band.count * band.length, band.span)
        matmuls, others = self.choosing_cost(n, w)
        return Cost(
            matmul_flops=2 * h * rows * (w + span) * (d + e) + matmuls,
            # maximum, subtract, exp, sum, divide; and the scale of q
            other_flops=h * (5 * rows * (w + span) + n * d)
            + self.entries.flops(w - mask.start // self.block)
            + others,
            state_numbers=self.entries.numbers(m) + self.heads_of("k") * (d + e) * min(m, self.window),
        )

    def _go_on(self, streams: Streams[Tensor], past: Memory, start: int) -> tuple[Tensor, Memory]:
        new = (streams.content, streams.score, streams.k, streams.v)
        content, score, k, v = (torch.cat([old.to(x), x], 2) for old, x in zip(past[1:], new, strict=True))
        added = self.entries(content, score, self.entries.before(start))
        entries = torch.cat([past.entries.to(added), added], 2)
        places = torch.arange(start + 1, start + 1 + streams.q.shape[2], device=k.device)
        ends = self.block * torch.arange(1, entries.shape[2] + 1, device=k.device)
        place = Place(past.k.shape[2], causal=True)
        mixed = self.mix(streams.replace(k=k, v=v), entries, ends <= places.unsqueeze(1), place)
        seen = start + streams.q.shape[2]
        waiting = content.shape[2] - seen % self.block - self.entries.before(seen)
        first = max(k.shape[2] - self.window, 0)
        # copied: a view would keep all positions alive
        content, score = content[:, :, waiting:].clone(), score[:, :, waiting:].clone()
        return mixed, Memory(entries, content, score, k[:, :, first:].clone(), v[:, :, first:].clone())

    def _window(
        self, streams: Streams[Tensor], place: Place
    ) -> tuple[Tensor, Tensor, Float[Tensor, "b h chunk length span"]]:
        """Queries in chunks, the values that each chunk meets, and the scores of the keys there."""
        q, k, v = streams.q, per_head(streams.k, self.size.h), per_head(streams.v, self.size.h)
        if q.shape[2] == 1:
            q, k, v = q.unsqueeze(2), k.unsqueeze(2), v.unsqueeze(2)
            return q, v, scores_of(q, k, self.size)
        band = self._band(k.shape[2], place.causal)
        queries, keys = band.queries(pad(q, (0, 0, place.kept, 0))), band.spans(k).mT
        allowed = band.allowed(torch.ones(1, band.n, dtype=torch.bool, device=q.device))
        near = scores_of(queries, keys, self.size).masked_fill(~allowed, -torch.inf)
        return queries, band.spans(v).mT, near

    def _band(self, n: int, causal: bool) -> Band:
        return Band(n, min(self.window, n - 1), causal)


def toward_softmax(part: type[B], size: Size) -> Sequence[Near[B]]:
    """No block is complete, the window is as long as the sequence, and ever less is left to the sink."""
    near = [Near(part(size, block=size.length + 1, window=size.length)) for _ in LESS_AND_LESS]
    for each, logit in zip(near, LESS_AND_LESS, strict=True):
        nn.init.constant_(each.mechanism.sink, logit)
    return near
