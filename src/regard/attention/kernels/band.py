"""The band of pairs at most `reach` steps apart, cut into chunks: no n x n tensor."""

import math
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Bool, Float, Int64, Shaped
from torch import Tensor
from torch.nn.functional import pad

from regard.attention.kernels.chunks import from_rows, in_chunks, in_rows
from regard.attention.kernels.fused import fused_pieces
from regard.attention.kernels.scores import scores_of
from regard.attention.mask import Mask
from regard.attention.size import Size
from regard.attention.streams import Streams

EVERY = slice(None)
"""All chunks."""


@final
@dataclass(frozen=True)
class Band:
    """n positions cut into chunks as long as the reach on one side, half of it if that is all, each with the
    span of keys that it can reach.

    A chunk of queries is scored with three chunks of keys: for n queries 3 n w scores, or 1.5 n w behind
    them alone, not n^2. Longer chunks would score more, and shorter ones hold most keys more than thrice.

    stride: positions in a step. Those that are whole steps apart lie side by side, in as many `rows` as a
        step has positions, and it is rows that are cut into chunks.
    """

    n: int
    reach: int
    causal: bool
    stride: int = 1

    @property
    def length(self) -> int:
        """Queries in a chunk."""
        return max(math.ceil(self.reach / 2) if self.causal else self.reach, 1)

    @property
    def row(self) -> int:
        """Positions of the longest row."""
        return math.ceil(self.n / self.stride)

    @property
    def count(self) -> int:
        """Chunks of all rows, the last of each of which may be only partly filled."""
        return self.stride * self._in_row

    @property
    def ahead(self) -> int:
        """How many steps a query may read forward."""
        return 0 if self.causal else self.reach

    @property
    def span(self) -> int:
        """Keys that a chunk of queries is scored with."""
        return self.reach + self.length + self.ahead

    @property
    def ragged(self) -> bool:
        """Whether the last chunk of a row is only partly filled."""
        return self.count * self.length > self.n

    @property
    def beyond(self) -> int:
        """Keys behind the end of a row that the span of its last chunk covers."""
        return self._in_row * self.length - self.row + self.ahead

    def queries(self, q: Shaped[Tensor, "b h n d"]) -> Shaped[Tensor, "b h chunk length d"]:
        """The queries of each chunk."""
        return self._by_chunks(in_chunks(self._rows(q), self._in_row, self.length))

    def spans(self, k: Shaped[Tensor, "b h n d"]) -> Shaped[Tensor, "b h chunk d span"]:
        """The keys, or values, that each chunk meets, zero beyond the ends: a view of overlapping pieces."""
        return self._by_chunks(self._rows(k, self.reach, self.beyond).unfold(2, self.span, self.length))

    def places(self, device: torch.device) -> Int64[Tensor, "chunk length"]:
        """Where the queries of each chunk stand; what fills a last chunk stands with the last position."""
        chunk = torch.arange(self.count, device=device).unsqueeze(1)
        step = chunk % self._in_row * self.length + torch.arange(self.length, device=device)
        return (step * self.stride + chunk // self._in_row).clamp_max(self.n - 1)

    def merged(self, mixed: Float[Tensor, "b h chunk length e"]) -> Float[Tensor, "b h n e"]:
        """What all chunks read, in the order of the positions."""
        b, h, count, length, e = mixed.shape
        rows = mixed.reshape(b, h, self.stride, count // self.stride * length, e)
        return from_rows(rows, self.n)

    def offsets(self, device: torch.device) -> Int64[Tensor, "length span"]:
        """Key position minus query position, the same in every chunk."""
        keys = torch.arange(-self.reach, self.length + self.ahead, device=device)
        return self.stride * (keys - torch.arange(self.length, device=device).unsqueeze(1))

    def allowed(
        self,
        real: Bool[Tensor, "#b n"],
        segments: Int64[Tensor, "#b n"] | None = None,
        chunks: slice = EVERY,
    ) -> Bool[Tensor, "#b 1 some length span"]:
        """Which keys of its span a query may read: near enough, real, of its segment, not beyond the ends."""
        offsets = self.offsets(real.device)
        near = (offsets >= -self.reach * self.stride) & (offsets <= self.ahead * self.stride)
        allowed = near & self.spans(real[:, None, :, None])[:, :, chunks]
        if segments is None:
            return allowed
        places = segments[:, None, :, None]
        return allowed & (self.queries(places)[:, :, chunks] == self.spans(places)[:, :, chunks])

    @property
    def inner(self) -> slice:
        """The chunks whose spans lie between the ends of a single row: without padding and segments a query
        may read the same keys of its span in each.
        """
        first = math.ceil(self.reach / self.length)
        return slice(first, max((self.n - self.ahead) // self.length, first))

    @property
    def _in_row(self) -> int:
        return math.ceil(self.row / self.length)

    def _rows(self, x: Tensor, before: int = 0, after: int = 0) -> Tensor:
        """Each row as if it were a head: (b, h stride, before + row + after, features), zero beyond."""
        return pad(in_rows(x, self.stride).flatten(1, 2), (0, 0, before, after))

    def _by_chunks(self, x: Tensor) -> Tensor:
        """The chunks of all rows, one row after the other."""
        return (
            x if self.stride == 1 else x.reshape(len(x), x.shape[1] // self.stride, self.count, *x.shape[3:])
        )


def band_scores(
    band: Band,
    queries: Float[Tensor, "b h chunk length d"],
    k: Float[Tensor, "b h n d"],
    inside: Bool[Tensor, "#b n"],
    mask: Mask,
    size: Size,
) -> Float[Tensor, "b h chunk length span"]:
    """q kT over the temperature of each chunk over its span, plus the bias, and -inf where a key is hidden.

    inside: which keys are read within the band: real ones, all or some of them.
    """
    scores = scores_of(queries, band.spans(k).mT, size)
    added = mask.bias.added(band.offsets(k.device))
    if added is not None:
        scores = scores + added.unsqueeze(1).to(scores.dtype)
    return scores.masked_fill(~_allowed(band, inside, mask), -torch.inf)


def fused_band(
    band: Band, streams: Streams[Tensor], inside: Bool[Tensor, "#b n"], mask: Mask, size: Size
) -> Float[Tensor, "b h n e"]:
    """What every query reads by softmax of these scores, by the fused kernel, which keeps none of them."""
    q, k, v = band.queries(streams.q), band.spans(streams.k).mT, band.spans(streams.v).mT
    added = mask.bias.added(band.offsets(q.device))
    bias = None if added is None else added.unsqueeze(1)
    mixed = []
    for chunks, masked in _runs(band, mask):
        allowed = _allowed(band, inside, mask, masked)
        mixed.append(fused_pieces(q[:, :, chunks], k[:, :, chunks], v[:, :, chunks], allowed, bias, size))
    return band.merged(torch.cat(mixed, 2))


def _runs(band: Band, mask: Mask) -> list[tuple[slice, slice]]:
    """Runs of chunks, each with those chunks whose masks serve for all of it: one where all are alike."""
    inner = band.inner
    if mask.keys is not None or mask.segments is not None or band.stride > 1 or inner.start == inner.stop:
        return [(EVERY, EVERY)]
    before, behind = slice(0, inner.start), slice(inner.stop, band.count)
    ends = [(end, end) for end in (before, behind) if end.start < end.stop]
    between = (inner, slice(inner.start, inner.start + 1))
    return sorted([*ends, between], key=lambda run: run[0].start)


def _allowed(
    band: Band, inside: Bool[Tensor, "#b n"], mask: Mask, chunks: slice = EVERY
) -> Bool[Tensor, "#b 1 some length span"]:
    allowed = band.allowed(inside, mask.segments, chunks)
    if mask.keys is not None or not band.ragged:
        return allowed
    # what fills the last chunk would read nothing: it reads itself
    filling = ~band.queries(torch.ones(1, 1, band.n, 1, dtype=torch.bool, device=inside.device))
    return allowed | (filling[:, :, chunks] & (band.offsets(inside.device) == 0))
