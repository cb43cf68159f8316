"""Mechanisms that read a window of near keys, in chunks, and a few keys that all read."""

from abc import ABC
from dataclasses import replace
from typing import final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.nn.functional import pad

from regard.attention.band import Band, band_scores
from regard.attention.cost import Cost
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.placed import placed_scores
from regard.attention.scores import masked_scores, safe_softmax, scores_of
from regard.attention.size import Size
from regard.attention.streams import Streams

Recent = tuple[Float[Tensor, "b h _ d"], Float[Tensor, "b h _ e"]]
"""The keys and values that the next query can still reach."""


class Banded(Mechanism, ABC):
    """Abstract. Softmax over the keys up to `window` steps away, and over a few that are read by all.

    Those few read all as well: here they are the prefix of a grid, such as a class token, which lies nowhere
    on it. Behind them nothing streams, since a grid is read at once.

    window: w, the keys on each side; a causal query has only those before it, and itself. Where the mask has
        a window too, the smaller one holds.
    stride: positions in a step.
    """

    def __init__(self, size: Size, *, window: int, stride: int = 1) -> None:
        super().__init__(size)
        self.window, self.stride, self.apart = window, stride, size.prefix
        self.require(
            window >= 0, f"window must not be negative, but is {window}. Choose 0 to read only oneself."
        )
        if size.prefix:
            self.traits = replace(self.traits, streaming=False)

    def set_apart(self, real: Bool[Tensor, "#b n"]) -> Int64[Tensor, "#b apart"]:
        """Where those stand that read all and are read by all: here the first ones."""
        return torch.arange(min(self.apart, real.shape[1]), device=real.device).unsqueeze(0)

    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        q, k, v = streams.q, mask.readable(streams.k), mask.readable(streams.v)
        if not self.apart:
            return self._near(q, k, v, mask)
        apart = self.set_apart(real_keys(q, mask))
        near, everywhere = self._near(q, k, v, mask, apart), torch.arange(q.shape[2], device=q.device)
        scores = placed_scores(_taken(q, apart), k, apart, everywhere.unsqueeze(0), mask, self.size)
        everything = safe_softmax(scores, mask).to(v.dtype) @ v
        return near.scatter(2, apart[:, None, :, None].expand(everything.shape), everything)

    @final
    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n n"]:
        k, n = mask.readable(streams.k), streams.k.shape[2]
        offsets = Mask().offsets(n, n, k.device)
        near = (offsets.abs() <= self.window * self.stride) & (offsets % self.stride == 0)
        real = real_keys(k, mask)
        apart = torch.zeros_like(real).scatter(1, self.set_apart(real).expand(len(real), -1), True)
        reached = near | apart.unsqueeze(1) | apart.unsqueeze(2)
        scores = masked_scores(scores_of(streams.q, k, self.size), mask)
        return safe_softmax(scores.masked_fill(~reached.unsqueeze(1), -torch.inf), mask).to(k.dtype)

    @final
    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, kept = self.size.h, self.size.d, self.size.e, min(mask.start, self._farthest)
        scores = h * (kept // self.stride + 1 if n == 1 else self._scores(n + kept, mask))
        return Cost(
            matmul_flops=2 * scores * (d + e),
            # maximum, subtract, exp, sum, divide; and the scale of q
            other_flops=5 * scores + h * n * d,
            state_numbers=h * min(m, self._farthest) * (d + e),
        )

    @final
    def initial_state(self, b: int, device: torch.device | None = None) -> Recent:
        h, d, e = self.size.h, self.size.d, self.size.e
        return torch.empty(b, h, 0, d, device=device), torch.empty(b, h, 0, e, device=device)

    @final
    def extend(
        self, streams: Streams[Tensor], mask: Mask, state: Recent
    ) -> tuple[Float[Tensor, "b h n e"], Recent]:
        kept, n = state[0].shape[2], streams.q.shape[2]
        k = torch.cat([state[0].to(streams.k), streams.k], 2)
        v = torch.cat([state[1].to(streams.v), streams.v], 2)
        q, recent = streams.q, _from(mask, mask.start - kept)
        if n == 1:
            mixed = self._one(q, recent.readable(k), recent.readable(v), recent)
        else:
            queries = pad(q, (0, 0, kept, 0))
            mixed = self._near(queries, recent.readable(k), recent.readable(v), recent)[:, :, kept:]
        first = max(k.shape[2] - self._farthest, 0)
        # copied: a view would keep all keys alive
        return mixed, (k[:, :, first:].clone(), v[:, :, first:].clone())

    @property
    def _farthest(self) -> int:
        """Positions behind it that a query can reach."""
        return self.window * self.stride

    def _one(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Float[Tensor, "b h 1 e"]:
        """What the last of all positions reads."""
        last = k.shape[2] - 1
        keys = torch.arange(last % self.stride, last + 1, self.stride, device=k.device).unsqueeze(0)
        k, v = k[:, :, last % self.stride :: self.stride], v[:, :, last % self.stride :: self.stride]
        scores = placed_scores(q, k, keys[:, -1:], keys, mask, self.size)
        return safe_softmax(scores, mask).to(v.dtype) @ v

    def _near(
        self, q: Tensor, k: Tensor, v: Tensor, mask: Mask, apart: Tensor | None = None
    ) -> Float[Tensor, "b h n e"]:
        """What every query reads from the keys in its window, and from those that are set apart."""
        band, inside = self._band(q.shape[2], mask), real_keys(q, mask)
        if apart is not None:
            # those are read beside the band, not within it
            inside = inside.scatter(1, apart.expand(len(inside), -1), False)
        queries = band.queries(q)
        scores = band_scores(band, queries, k, inside, mask, self.size)
        if apart is None:
            return band.merged(safe_softmax(scores, mask).to(v.dtype) @ band.spans(v).mT)
        places = band.places(q.device).reshape(1, -1)
        beside = placed_scores(queries.flatten(2, 3), _taken(k, apart), places, apart, mask, self.size)
        beside = beside.reshape(*queries.shape[:4], apart.shape[1])
        weights = safe_softmax(torch.cat([beside, scores], -1), mask).to(v.dtype)
        of_apart, of_band = weights[..., : apart.shape[1]], weights[..., apart.shape[1] :]
        return band.merged(of_band @ band.spans(v).mT + of_apart @ _taken(v, apart).unsqueeze(2))

    def _scores(self, n: int, mask: Mask) -> int:
        """Scores of n positions: of the band, of every query with those set apart, and of these with all."""
        band, apart = self._band(n, mask), min(self.apart, n)
        return band.count * band.length * (band.span + apart) + apart * n

    def _band(self, n: int, mask: Mask) -> Band:
        """How far a query may read: no farther than there are positions."""
        reach = min(self._farthest, n - 1, n if mask.window is None else mask.window)
        steps = reach // self.stride
        # of steps that lead nowhere there is nothing to sort by
        return Band(n, steps, mask.causal, self.stride if steps else 1)


def real_keys(k: Float[Tensor, "b h n d"], mask: Mask) -> Bool[Tensor, "#b n"]:
    """Which keys are real rather than padding."""
    return torch.ones(1, k.shape[2], dtype=torch.bool, device=k.device) if mask.keys is None else mask.keys


def _from(mask: Mask, first: int) -> Mask:
    """The mask of the positions from `first` on."""
    keys = None if mask.keys is None else mask.keys[:, first:]
    segments = None if mask.segments is None else mask.segments[:, first:]
    return replace(mask, keys=keys, segments=segments, start=0)


def _taken(x: Float[Tensor, "b h n features"], places: Int64[Tensor, "#b some"]) -> Tensor:
    """What stands at some places of each example."""
    index = places[:, None, :, None].expand(len(x), x.shape[1], -1, x.shape[3])
    return x.gather(2, index)
