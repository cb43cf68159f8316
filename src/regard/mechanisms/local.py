"""Local attention: softmax over a window of neighbors, in chunks."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.nn.functional import pad, scaled_dot_product_attention

from regard.attention.cache import Cache, empty_cache, grown
from regard.attention.chunks import in_chunks
from regard.attention.cost import Cost
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.scores import safe_softmax, scaled_scores
from regard.attention.size import Size
from regard.attention.traits import Traits


@final
class Local(Mechanism):
    """Softmax over the keys at most `window` positions away.

    window: w, the keys on each side; a causal query has only those before it, and itself. Where the mask
        has a window too, the smaller one holds.
    """

    traits = Traits(
        source="Beltagy et al. 2020, arXiv 2004.05150, section 3.1, sliding window",
        time="n w",
        memory="n w",
        causal=True,
        padding=True,
        window=True,
        slopes=True,
        streaming=True,
        normalized=True,
        equivariant=False,
        limit="window >= n",
    )

    def __init__(self, size: Size, *, window: int = 8) -> None:
        super().__init__(size)
        self.window = window
        self.require(
            window >= 0, f"window must not be negative, but is {window}. Choose 0 to read only oneself."
        )

    def forward(
        self,
        q: Float[Tensor, "b h n d"],
        k: Float[Tensor, "b h n d"],
        v: Float[Tensor, "b h n e"],
        mask: Mask,
    ) -> Float[Tensor, "b h n e"]:
        n, d = q.shape[2:]
        chunks = Chunks(n, self._reach(n, mask), mask.causal)
        keys, values = chunks.spans(mask.readable(k)), chunks.spans(mask.readable(v))
        scores = chunks.queries(q / math.sqrt(d)) @ keys
        offsets = chunks.offsets(q.device)
        if mask.slopes is not None:
            scores = scores - (mask.slopes[:, None, None, None] * offsets.abs()).to(scores.dtype)
        real = torch.ones(1, n, dtype=torch.bool, device=q.device) if mask.keys is None else mask.keys
        scores = scores.masked_fill(~chunks.allowed(real, offsets), -torch.inf)
        mixed = safe_softmax(scores) @ values.mT
        return mixed.flatten(2, 3)[:, :, :n]

    def cost(self, n: int, m: int) -> Cost:
        h, d, e = self.size.heads, self.size.key_features, self.size.value_features
        chunks = Chunks(n, self._reach(n, Mask()), causal=False)
        scores = h * chunks.count * chunks.length * chunks.span
        return Cost(
            matmul_flops=2 * scores * (d + e),
            # maximum, subtract, exp, sum, divide; and the scale of q
            other_flops=5 * scores + h * n * d,
            state_numbers=h * min(m, self.window + 1) * (d + e),
        )

    def weights(
        self, q: Float[Tensor, "b h n d"], k: Float[Tensor, "b h n d"], mask: Mask
    ) -> Float[Tensor, "b h n n"]:
        near = dataclasses.replace(mask, window=self._reach(q.shape[2], mask))
        return safe_softmax(scaled_scores(q, k, near))

    def initial_state(self, b: int) -> Cache:
        return empty_cache(self.size, b)

    def step(
        self,
        q: Float[Tensor, "b h d"],
        k: Float[Tensor, "b h d"],
        v: Float[Tensor, "b h e"],
        state: Cache,
    ) -> tuple[Float[Tensor, "b h e"], Cache]:
        keys, values = (past[:, :, -(self.window + 1) :] for past in grown(state, k, v))
        return scaled_dot_product_attention(q.unsqueeze(2), keys, values).squeeze(2), (keys, values)

    @classmethod
    def toward_softmax(cls, size: Size) -> Sequence[Self]:
        return [cls(size, window=size.length // part) for part in (8, 2, 1)]

    def _reach(self, n: int, mask: Mask) -> int:
        """How far a query may read: no farther than there are positions."""
        return min(self.window, n - 1, n if mask.window is None else mask.window)


@dataclass(frozen=True)
class Chunks:
    """n positions cut into chunks as long as the reach, each with the span of keys that it can reach.

    A chunk of queries meets at most three chunks of keys, so n queries meet 3 n w scores, not n^2.
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
        """Keys that a chunk of queries meets."""
        return self.reach + self.length + self.ahead

    @property
    def beyond(self) -> int:
        """Keys that the last chunk would meet behind the end."""
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

    def allowed(
        self, real: Bool[Tensor, "#b n"], offsets: Int64[Tensor, "length span"]
    ) -> Bool[Tensor, "#b 1 chunk length span"]:
        """Which keys of its span a query may read: near enough, and neither padding nor beyond the ends."""
        near = (offsets >= -self.reach) & (offsets <= self.ahead)
        inside = pad(real, (self.reach, self.beyond)).unfold(1, self.span, self.length)
        return near & inside[:, None, :, None]
