"""Heavily compressed attention of DeepSeek-V4: one learned entry per block of the past, beside a window."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self, final

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn.functional import pad, rms_norm

from regard.attention.band import Band
from regard.attention.cost import Cost
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism, Near
from regard.attention.precision import in_float32
from regard.attention.scores import per_head, scores_of
from regard.attention.size import Size
from regard.attention.streams import Stream, Streams
from regard.attention.traits import Tie, Traits

SHUT = -1e4
"""A score of the sink that leaves nothing to it."""

SMALL = 1e-6
"""What is added to the mean square of an entry."""


class Memory(NamedTuple):
    """What later queries can reach."""

    entries: Float[Tensor, "b 1 w features"]
    open_entry: Float[Tensor, "b 1 _ features"]
    """The positions of the block that is not yet complete, ..."""
    open_share: Float[Tensor, "b 1 _ features"]
    k: Float[Tensor, "b g _ d"]
    """... and the keys and values in the window."""
    v: Float[Tensor, "b g _ e"]


@final
class Compressed(Mechanism):
    """One softmax over the keys at most `window` positions away, one entry per complete block, and a sink.

    The entry of a block is RMSNorm(Σ_j softmax_j(z_j + p_j) c_j), feature by feature, with contents c and
    scores z projected from its `block` positions and p learned for each place in a block. All heads read the
    same entries. A causal query reads those of the blocks that are complete up to itself. The sink has a
    score learned for each head, and nothing to read.

    In the paper an entry is key and value at once. Here these may differ in their features, so that an entry
    has some for either, each normalized for itself. Entries have no rotary positions.
    """

    traits = Traits(
        source="DeepSeek-AI 2026, DeepSeek-V4 report, heavily compressed attention, eqs. 20 to 23",
        time="n^2",
        memory="n^2",
        causal=True,
        streaming=True,
        grouped=True,
        weights=False,
        equivariant=False,
        ties=(Tie("softmax", "block > n, window >= n, sink -> -inf"),),
    )

    def __init__(self, size: Size, *, block: int = 8, window: int = 8) -> None:
        super().__init__(size)
        self.block, self.window = block, window
        self.require(block >= 1, f"block must be at least 1, not {block}.")
        self.require(window >= 0, f"window must not be negative, but is {window}.")
        self.place = nn.Parameter(torch.zeros(block, size.d + size.e))
        self.key_gain = nn.Parameter(torch.ones(size.d))
        self.value_gain = nn.Parameter(torch.ones(size.e))
        self.sink = nn.Parameter(torch.zeros(size.h, 1, 1, 1))

    def streams(self) -> Streams[Any]:
        both = Stream(self.size.d + self.size.e, of="keys", shared=True)
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e, entry=both, share=both)

    @in_float32
    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        if mask.causal:
            q = streams.q
            return self._go_on(streams, self.initial_state(q.shape[0], q.device), 0)[0]
        entries = self._entries(streams.entry, streams.share)
        return self._read(streams, entries, 0, 0, causal=False)

    @in_float32
    def extend(
        self, streams: Streams[Tensor], mask: Mask, state: Memory
    ) -> tuple[Float[Tensor, "b h n e"], Memory]:
        return self._go_on(streams, state, mask.start)

    def initial_state(self, b: int, device: torch.device | None = None) -> Memory:
        g, d, e = self.heads_of("k"), self.size.d, self.size.e
        features = {"entries": (1, d + e), "entry": (1, d + e), "share": (1, d + e), "k": (g, d), "v": (g, e)}
        return Memory(*(torch.empty(b, heads, 0, x, device=device) for heads, x in features.values()))

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, both, kept = self.size.h, self.size.d + self.size.e, min(mask.start, self.window)
        band = self._band(n + kept, mask.causal)
        rows = 1 if n == 1 else band.count * band.length
        scores = h * rows * (m // self.block + (kept + 1 if n == 1 else band.span))
        new = (m - mask.start + mask.start % self.block) // self.block
        return Cost(
            matmul_flops=2 * scores * both,
            # maximum, subtract, exp, sum, divide; the scale of q; of entries a softmax, their sum and norm
            other_flops=5 * scores + h * n * self.size.d + both * new * (8 * self.block + 4),
            state_numbers=both * (m // self.block + 2 * (m % self.block))
            + self.heads_of("k") * both * min(m, self.window),
        )

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [cls._beside(size, logit) for logit in (0.0, -5.0, SHUT)]

    @classmethod
    def _beside(cls, size: Size, logit: float) -> Near[Self]:
        mechanism = cls(size, block=size.length + 1, window=size.length)
        nn.init.constant_(mechanism.sink, logit)
        return Near(mechanism, _without_entries)

    def _go_on(self, streams: Streams[Tensor], past: Memory, start: int) -> tuple[Tensor, Memory]:
        new = (streams.entry, streams.share, streams.k, streams.v)
        entry, share, k, v = (torch.cat([old.to(x), x], 2) for old, x in zip(past[1:], new, strict=True))
        entries = torch.cat([past.entries.to(entry), self._entries(entry, share)], 2)
        kept, complete = past.k.shape[2], entry.shape[2] // self.block * self.block
        mixed = self._read(streams.replace(k=k, v=v), entries, start, kept, causal=True)
        first = max(k.shape[2] - self.window, 0)
        # copied: a view would keep all positions alive
        waiting = (entry[:, :, complete:].clone(), share[:, :, complete:].clone())
        return mixed, Memory(entries, *waiting, k[:, :, first:].clone(), v[:, :, first:].clone())

    def _entries(self, entry: Tensor, share: Tensor) -> Float[Tensor, "b 1 w features"]:
        """Those of the complete blocks."""
        b, _, m, features = entry.shape
        count = m // self.block
        shape, stop = (b, 1, count, self.block, features), count * self.block
        shares = (share[:, :, :stop].reshape(shape) + self.place.to(share)).softmax(3)
        entries = (shares * entry[:, :, :stop].reshape(shape)).sum(3)
        k, v = self._halves(entries)
        k = rms_norm(k, k.shape[-1:], self.key_gain.to(k), SMALL)
        return torch.cat([k, rms_norm(v, v.shape[-1:], self.value_gain.to(v), SMALL)], -1)

    def _read(
        self, streams: Streams[Tensor], entries: Tensor, start: int, kept: int, *, causal: bool
    ) -> Float[Tensor, "b h n e"]:
        """What n queries from `start` on read; `kept` of the keys lie before them."""
        n, skipped = streams.q.shape[2], 0 if streams.q.shape[2] == 1 else kept
        queries, values, near = self._window(streams, kept, causal)
        entry_k, entry_v = self._halves(entries)
        far = scores_of(queries.flatten(2, 3), entry_k, self.size)
        if causal:
            far = far.masked_fill(~self._complete(far, start - skipped), -torch.inf)
        far = far.reshape(*near.shape[:4], entries.shape[2])
        sink = self.sink.to(near).expand(*near.shape[:4], 1)
        # with the sink a row is never empty
        weights = torch.cat([sink, far, near], -1).softmax(-1)
        of_entries, of_keys = weights[..., 1 : -near.shape[4]], weights[..., -near.shape[4] :]
        mixed = (of_keys @ values).flatten(2, 3) + of_entries.flatten(2, 3) @ entry_v
        return mixed[:, :, skipped : skipped + n]

    def _window(
        self, streams: Streams[Tensor], kept: int, causal: bool
    ) -> tuple[Tensor, Tensor, Float[Tensor, "b h chunk length span"]]:
        """Queries in chunks, the values that each chunk meets, and the scores of the keys there."""
        q, k, v = streams.q, per_head(streams.k, self.size.h), per_head(streams.v, self.size.h)
        if q.shape[2] == 1:
            q, k, v = q.unsqueeze(2), k.unsqueeze(2), v.unsqueeze(2)
            return q, v, scores_of(q, k, self.size)
        band = self._band(k.shape[2], causal)
        queries, keys, values = band.queries(pad(q, (0, 0, kept, 0))), band.spans(k).mT, band.spans(v).mT
        allowed = band.allowed(torch.ones(1, band.n, dtype=torch.bool, device=q.device))
        return queries, values, scores_of(queries, keys, self.size).masked_fill(~allowed, -torch.inf)

    def _halves(self, entries: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values of entries."""
        return entries[..., : self.size.d], entries[..., self.size.d :]

    def _complete(self, far: Tensor, first: int) -> Bool[Tensor, "rows w"]:
        """Which blocks are complete up to each of the positions from `first` on."""
        rows, blocks = (torch.arange(length, device=far.device) for length in far.shape[2:])
        return (blocks + 1) * self.block <= (first + rows + 1).unsqueeze(1)

    def _band(self, n: int, causal: bool) -> Band:
        return Band(n, min(self.window, n - 1), causal)


def _without_entries(streams: Streams[Tensor]) -> Streams[Tensor]:
    """The same streams with contents of entries that nobody reads."""
    both = torch.cat([streams.k, streams.v], -1)[:, :1]
    return streams.replace(entry=both, share=both)
