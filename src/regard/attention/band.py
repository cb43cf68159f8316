"""The band of pairs at most `reach` apart, cut into chunks: no n x n tensor."""

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
    """

    n: int
    reach: int
    causal: bool

    @property
    def length(self) -> int:
        """Queries in a chunk."""
        return max(self.reach, 1)

    @property
    def count(self) -> int:
        """Chunks, the last of which may be only partly filled."""
        return math.ceil(self.n / self.length)

    @property
    def ahead(self) -> int:
        """How far a query may read forward."""
        return 0 if self.causal else self.reach

    @property
    def span(self) -> int:
        """Keys that a chunk of queries is scored with."""
        return self.reach + self.length + self.ahead

    @property
    def beyond(self) -> int:
        """Keys behind the end of the sequence that the span of the last chunk covers."""
        return self.count * self.length - self.n + self.ahead

    def queries(self, q: Float[Tensor, "b h n d"]) -> Float[Tensor, "b h chunk length d"]:
        """The queries of each chunk."""
        return in_chunks(q, self.count, self.length)

    def spans(self, k: Float[Tensor, "b h n d"]) -> Float[Tensor, "b h chunk d span"]:
        """The keys, or values, that each chunk meets, zero beyond the ends: a view of overlapping pieces."""
        return pad(k, (0, 0, self.reach, self.beyond)).unfold(2, self.span, self.length)

    def offsets(self, device: torch.device) -> Int64[Tensor, "length span"]:
        """Key position minus query position, the same in every chunk."""
        keys = torch.arange(-self.reach, self.length + self.ahead, device=device)
        return keys - torch.arange(self.length, device=device).unsqueeze(1)

    def allowed(self, real: Bool[Tensor, "#b n"]) -> Bool[Tensor, "#b 1 chunk length span"]:
        """Which keys of its span a query may read: near enough, real, and not beyond the ends."""
        offsets = self.offsets(real.device)
        near = (offsets >= -self.reach) & (offsets <= self.ahead)
        inside = pad(real, (self.reach, self.beyond)).unfold(1, self.span, self.length)
        return near & inside[:, None, :, None]
