"""The band of pairs at most `reach` steps apart, cut into chunks: no n x n tensor."""

import math
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.nn.functional import pad

from regard.attention.chunks import in_chunks


@final
@dataclass(frozen=True)
class Band:
    """n positions cut into chunks as long as the reach, each with the span of keys that it can reach.

    A chunk of queries is scored with at most three chunks of keys: 3 n w scores for n queries, not n^2.

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
        return max(self.reach, 1)

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
    def beyond(self) -> int:
        """Keys behind the end of a row that the span of its last chunk covers."""
        return self._in_row * self.length - self.row + self.ahead

    def queries(self, q: Float[Tensor, "b h n d"]) -> Float[Tensor, "b h chunk length d"]:
        """The queries of each chunk."""
        return self._by_chunks(in_chunks(self._rows(q), self._in_row, self.length))

    def spans(self, k: Float[Tensor, "b h n d"]) -> Float[Tensor, "b h chunk d span"]:
        """The keys, or values, that each chunk meets, zero beyond the ends: a view of overlapping pieces."""
        return self._spans(k)

    def places(self, device: torch.device) -> Int64[Tensor, "chunk length"]:
        """Where the queries of each chunk stand; what fills a last chunk stands with the last position."""
        chunk = torch.arange(self.count, device=device).unsqueeze(1)
        step = chunk % self._in_row * self.length + torch.arange(self.length, device=device)
        return (step * self.stride + chunk // self._in_row).clamp_max(self.n - 1)

    def merged(self, mixed: Float[Tensor, "b h chunk length e"]) -> Float[Tensor, "b h n e"]:
        """What all chunks read, in the order of the positions."""
        if self.stride == 1:
            return mixed.flatten(2, 3)[:, :, : self.n]
        b, h, e = *mixed.shape[:2], mixed.shape[-1]
        rows = mixed.reshape(b, h, self.stride, -1, e)
        return rows.transpose(2, 3).reshape(b, h, -1, e)[:, :, : self.n]

    def offsets(self, device: torch.device) -> Int64[Tensor, "length span"]:
        """Key position minus query position, the same in every chunk."""
        keys = torch.arange(-self.reach, self.length + self.ahead, device=device)
        return self.stride * (keys - torch.arange(self.length, device=device).unsqueeze(1))

    def allowed(self, real: Bool[Tensor, "#b n"]) -> Bool[Tensor, "#b 1 chunk length span"]:
        """Which keys of its span a query may read: near enough, real, and not beyond the ends."""
        offsets = self.offsets(real.device)
        near = (offsets >= -self.reach * self.stride) & (offsets <= self.ahead * self.stride)
        return near & self._spans(real[:, None, :, None])

    @property
    def _in_row(self) -> int:
        return math.ceil(self.row / self.length)

    def _spans(self, x: Tensor) -> Tensor:
        return self._by_chunks(self._rows(x, self.reach, self.beyond).unfold(2, self.span, self.length))

    def _rows(self, x: Tensor, before: int = 0, after: int = 0) -> Tensor:
        """Each row as if it were a head: (b, h stride, before + row + after, features), zero beyond."""
        if self.stride > 1:
            b, h, _, features = x.shape
            x = pad(x, (0, 0, 0, self.stride * self.row - self.n))
            x = x.reshape(b, h, self.row, self.stride, features).transpose(2, 3).flatten(1, 2)
        return pad(x, (0, 0, before, after))

    def _by_chunks(self, x: Tensor) -> Tensor:
        """The chunks of all rows, one row after the other."""
        return x if self.stride == 1 else x.reshape(len(x), -1, self.count, *x.shape[3:])
