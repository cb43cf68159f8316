"""Local attention: softmax over a window of neighbors, in chunks."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Self, final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from regard.attention.band import Band
from regard.attention.cost import Cost
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism, Near
from regard.attention.scores import masked_scores, safe_softmax, scores_of
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits

Recent = tuple[Float[Tensor, "b h _ d"], Float[Tensor, "b h _ e"]]
"""The keys and values that the next query can still reach."""


@final
class Local(Mechanism):
    """Softmax over the keys at most `window` positions away.

    The prefix of a grid, such as a class token, lies nowhere on it: it reads all and is read by all
    (Beltagy et al., section 3.1, global attention with the same projections).

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
        table=True,
        rotary=True,
        streaming=True,
        mass="exactly 1",
        equivariant=False,
        ties=(Tie("softmax", "window >= n"),),
    )

    def __init__(self, size: Size, *, window: int = 8) -> None:
        super().__init__(size)
        self.window = window
        self.require(
            window >= 0, f"window must not be negative, but is {window}. Choose 0 to read only oneself."
        )
        if size.prefix:
            # a grid is read at once
            self.traits = replace(self.traits, streaming=False)

    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        q, k, v = streams.q, mask.readable(streams.k), mask.readable(streams.v)
        near, prefix = self._near(q, k, v, mask), self.size.prefix
        if not prefix:
            return near
        everything = safe_softmax(masked_scores(scores_of(q[:, :, :prefix], k, self.size), mask), mask)
        return torch.cat([everything.to(v.dtype) @ v, near[:, :, prefix:]], 2)

    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n n"]:
        k = mask.readable(streams.k)
        places = torch.arange(k.shape[2], device=k.device)
        reached = (places - places.unsqueeze(1)).abs() <= self.window
        reached |= (places < self.size.prefix) | (places < self.size.prefix).unsqueeze(1)
        scores = masked_scores(scores_of(streams.q, k, self.size), mask)
        return safe_softmax(scores.masked_fill(~reached, -torch.inf), mask).to(k.dtype)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, kept = self.size.h, self.size.d, self.size.e, min(mask.start, self.window)
        scores = h * (kept + 1 if n == 1 else self._scores(n + kept, mask))
        return Cost(
            matmul_flops=2 * scores * (d + e),
            # maximum, subtract, exp, sum, divide; and the scale of q
            other_flops=5 * scores + h * n * d,
            state_numbers=h * min(m, self.window) * (d + e),
        )

    def initial_state(self, b: int, device: torch.device | None = None) -> Recent:
        h, d, e = self.size.h, self.size.d, self.size.e
        return torch.empty(b, h, 0, d, device=device), torch.empty(b, h, 0, e, device=device)

    def extend(
        self, streams: Streams[Tensor], mask: Mask, state: Recent
    ) -> tuple[Float[Tensor, "b h n e"], Recent]:
        kept, n = state[0].shape[2], streams.q.shape[2]
        k = torch.cat([state[0].to(streams.k), streams.k], 2)
        v = torch.cat([state[1].to(streams.v), streams.v], 2)
        keys = None if mask.keys is None else mask.keys[:, mask.start - kept :]
        q, recent = streams.q, replace(mask, keys=keys, start=0)
        if n == 1:
            window = min(self.window, kept if mask.window is None else mask.window)
            one = replace(recent, start=kept, window=window)
            scores = masked_scores(scores_of(q, one.readable(k), self.size), one)
            mixed = safe_softmax(scores, one).to(v.dtype) @ one.readable(v)
        else:
            queries = pad(q, (0, 0, kept, 0))
            mixed = self._near(queries, recent.readable(k), recent.readable(v), recent)[:, :, kept:]
        first = max(k.shape[2] - self.window, 0)
        # copied: a view would keep all keys alive
        return mixed, (k[:, :, first:].clone(), v[:, :, first:].clone())

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size, window=size.length // part)) for part in (8, 2, 1)]

    def _near(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Float[Tensor, "b h n e"]:
        """What every query reads from the keys in its window, and from the prefix."""
        n, prefix = q.shape[2], self.size.prefix
        band = Band(n, self._reach(n, mask), mask.causal)
        scores = scores_of(band.queries(q), band.spans(k).mT, self.size)
        added = mask.bias.added(band.offsets(q.device))
        if added is not None:
            scores = scores + added.unsqueeze(1).to(scores.dtype)
        real = torch.ones(1, n, dtype=torch.bool, device=q.device) if mask.keys is None else mask.keys
        # the prefix is read beside the band, not within it
        inside = real & (torch.arange(n, device=q.device) >= prefix)
        allowed = band.allowed(inside)
        if mask.keys is None:
            # what fills the last chunk would read nothing: it reads itself
            allowed = allowed | (band.offsets(q.device) == 0)
        scores = scores.masked_fill(~allowed, -torch.inf)
        if not prefix:
            return (safe_softmax(scores, mask).to(v.dtype) @ band.spans(v).mT).flatten(2, 3)[:, :, :n]
        front = replace(mask, keys=None if mask.keys is None else mask.keys[:, :prefix])
        of_prefix = band.queries(masked_scores(scores_of(q, k[:, :, :prefix], self.size), front))
        weights = safe_softmax(torch.cat([of_prefix, scores], -1), mask).to(v.dtype)
        over_band = weights[..., prefix:] @ band.spans(v).mT
        mixed = over_band + weights[..., :prefix] @ v[:, :, None, :prefix]
        return mixed.flatten(2, 3)[:, :, :n]

    def _scores(self, n: int, mask: Mask) -> int:
        """Scores of n positions: of the band, of every query with the prefix and of the prefix with all."""
        band, prefix = Band(n, self._reach(n, mask), mask.causal), self.size.prefix
        return band.count * band.length * (band.span + prefix) + prefix * n

    def _reach(self, n: int, mask: Mask) -> int:
        """How far a query may read: no farther than there are positions."""
        return min(self.window, n - 1, n if mask.window is None else mask.window)
