"""Mechanisms that read a window of near keys, in chunks, and a few keys that all read."""

from abc import ABC
from dataclasses import replace
from typing import NamedTuple, final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.nn.functional import pad

from regard.attention.cost import Cost
from regard.attention.kernels.band import Band, band_scores, fused_band
from regard.attention.kernels.flex import Flex, Reach, band_attention
from regard.attention.kernels.packing import taken
from regard.attention.kernels.placed import placed_scores
from regard.attention.kernels.scores import masked_scores, safe_softmax, scores_of
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.size import Size
from regard.attention.streams import Streams


class Kept(NamedTuple):
    """What the next query can still reach; hidden keys are zero."""

    k: Float[Tensor, "b h recent d"]
    v: Float[Tensor, "b h recent e"]
    k_apart: Float[Tensor, "b h apart d"]
    v_apart: Float[Tensor, "b h apart e"]


class Apart(NamedTuple):
    """Keys and values that all read, and where they stand in the whole sequence."""

    k: Float[Tensor, "b h apart d"]
    v: Float[Tensor, "b h apart e"]
    places: Int64[Tensor, "#b apart"]


class Banded(Mechanism, ABC):
    """Abstract. Softmax over the keys up to `window` steps away, and over a few that are set apart.

    Those few are read by all and read all: here they are the prefix of a grid, such as a class token, which
    lies nowhere on it. The fused form is for windows alone: where keys are set apart it is the plain one.

    window: w, the keys on each side; a causal query has only those before it, and itself. Where the mask has
        a window too, the smaller one holds.
    stride: positions in a step.
    """

    forms = ("plain", "fused")
    kernel_form = Flex()

    def __init__(self, size: Size, *, window: int, stride: int = 1) -> None:
        super().__init__(size)
        self.window, self.stride, self.apart = window, stride, size.prefix
        self.require(
            window >= 0, f"window must not be negative, but is {window}. Choose 0 to read only oneself."
        )

    def set_apart(self, n: int, mask: Mask, device: torch.device) -> Int64[Tensor, "#b apart"]:
        """Where those stand, of n positions, that all read: here the first ones.

        Before one of them there is no other readable position: under a causal mask they read one another.
        """
        return torch.arange(min(self.apart, n), device=device).unsqueeze(0)

    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        places = self.set_apart(streams.q.shape[2], mask, streams.q.device)
        if self.form_for(streams, mask) == "flex":
            return self._by_blocks(streams, mask, places)
        q, k, v, n = streams.q, mask.readable(streams.k), mask.readable(streams.v), streams.q.shape[2]
        near = self._near(q, k, v, mask, Apart(taken(k, places), taken(v, places), places))
        if mask.causal or not self.apart:
            return near
        everywhere = torch.arange(n, device=q.device).unsqueeze(0)
        scores = placed_scores(taken(q, places), k, places, everywhere, mask, self.size)
        everything = safe_softmax(scores, mask).to(v.dtype) @ v
        return near.scatter(2, places[:, None, :, None].expand(everything.shape), everything)

    def best_form(self, n: int) -> str:
        return "plain" if self.apart else "fused"

    @final
    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n n"]:
        k, n = mask.readable(streams.k), streams.k.shape[2]
        offsets = Mask().offsets(n, n, k.device)
        near = (offsets.abs() <= self._farthest) & (offsets % self.stride == 0)
        rest = _without(torch.ones_like(real_keys(k, mask)), self.set_apart(n, mask, k.device))
        reached = near | ~rest.unsqueeze(1) | ~rest.unsqueeze(2)
        scores = masked_scores(scores_of(streams.q, k, self.size), mask)
        return safe_softmax(scores.masked_fill(~reached.unsqueeze(1), -torch.inf), mask).to(k.dtype)

    @final
    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, kept = self.size.h, self.size.d, self.size.e, min(mask.start, self._farthest)
        band, apart = self._band(n + kept, mask), min(self.apart, n + mask.start)
        scores = band.count * band.length * (band.span + apart)
        if n == 1 and mask.causal:
            scores = kept // self.stride + 1 + apart
        elif not mask.causal:
            scores += apart * n
        return Cost(
            matmul_flops=2 * h * scores * (d + e),
            # maximum, subtract, exp, sum, divide; and the scale of q
            other_flops=h * (5 * scores + n * d),
            state_numbers=h * (min(m, self._farthest) + min(m, self.apart)) * (d + e),
        )

    @final
    def initial_state(self, b: int, device: torch.device | None = None) -> Kept:
        h, d, e = self.size.h, self.size.d, self.size.e
        k, v = torch.empty(b, h, 0, d, device=device), torch.empty(b, h, 0, e, device=device)
        return Kept(k, v, k, v)

    @final
    def extend(
        self, streams: Streams[Tensor], mask: Mask, state: Kept
    ) -> tuple[Float[Tensor, "b h n e"], Kept]:
        q, kept, n = streams.q, state.k.shape[2], streams.q.shape[2]
        new = mask if mask.keys is None else mask.since_start
        new_k, new_v = new.readable(streams.k), new.readable(streams.v)
        apart = self._apart_so_far(new_k, new_v, mask, state)
        k, v = torch.cat([state.k.to(new_k), new_k], 2), torch.cat([state.v.to(new_v), new_v], 2)
        if n == 1:
            mixed = self._one(q, k, v, mask, apart)
        else:
            queries = pad(q, (0, 0, kept, 0))
            mixed = self._near(queries, k, v, mask, apart, first=mask.start - kept)[:, :, kept:]
        first = max(k.shape[2] - self._farthest, 0)
        # copied: a view would keep all keys alive
        return mixed, Kept(k[:, :, first:].clone(), v[:, :, first:].clone(), apart.k, apart.v)

    @property
    def _farthest(self) -> int:
        """Positions behind it that a query can reach."""
        return self.window * self.stride

    def _by_blocks(self, streams: Streams[Tensor], mask: Mask, places: Tensor) -> Float[Tensor, "b h n e"]:
        n, apart = streams.q.shape[2], None
        if self.apart:
            apart = ~_without(torch.ones(len(places), n, dtype=torch.bool, device=places.device), places)
        return band_attention(
            streams, Reach.of(mask, n, n, self._farthest, self.stride), apart, mask, self.size
        )

    def _apart_so_far(self, k: Tensor, v: Tensor, mask: Mask, state: Kept) -> Apart:
        """Those set apart of all positions so far: in the state, or among the new ones from `start` on."""
        if not self.apart:
            return Apart(state.k_apart, state.v_apart, torch.empty(1, 0, dtype=torch.long, device=k.device))
        start, old = mask.start, state.k_apart.shape[2]
        earlier = replace(mask, keys=None if mask.keys is None else mask.keys[:, :start])
        before = self.set_apart(start, earlier, k.device)
        places = self.set_apart(start + k.shape[2], mask, k.device)
        same = places.unsqueeze(2) == before.unsqueeze(1)
        slots = (same * torch.arange(old, device=k.device)).sum(2).where(places < start, places - start + old)
        k, v = torch.cat([state.k_apart.to(k), k], 2), torch.cat([state.v_apart.to(v), v], 2)
        return Apart(taken(k, slots), taken(v, slots), places)

    def _one(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask, apart: Apart) -> Float[Tensor, "b h 1 e"]:
        """What the last of all positions reads."""
        rest = (k.shape[2] - 1) % self.stride
        k, v = (x[:, :, rest :: self.stride] for x in (k, v))
        here = torch.full((1, 1), mask.start, device=k.device)
        steps = here - self.stride * torch.arange(k.shape[2] - 1, -1, -1, device=k.device)
        near = placed_scores(q, k, here, steps, mask, self.size)
        if self.apart:
            twice = (steps.unsqueeze(2) == apart.places.unsqueeze(1)).any(2)
            near = near.masked_fill(twice[:, None, None, :], -torch.inf)
            beside = placed_scores(q, apart.k, here, apart.places, mask, self.size)
            near, v = torch.cat([beside, near], 3), torch.cat([apart.v, v], 2)
        return safe_softmax(near, mask).to(v.dtype) @ v

    def _near(
        self, q: Tensor, k: Tensor, v: Tensor, mask: Mask, apart: Apart, *, first: int = 0
    ) -> Float[Tensor, "b h n e"]:
        """What positions from `first` on read from the keys in their window, and from those set apart."""
        here = _from(mask, first)
        band, inside, streams = self._band(q.shape[2], here), real_keys(q, here), Streams(q=q, k=k, v=v)
        if self.apart:
            # those are read beside the band, not within it
            inside = _without(inside, apart.places - first)
        elif self.form_for(streams, here) != "plain":
            return fused_band(band, streams, inside, here, self.size)
        queries = band.queries(q)
        scores = band_scores(band, queries, k, inside, here, self.size)
        if not self.apart:
            return band.merged(safe_softmax(scores, mask).to(v.dtype) @ band.spans(v).mT)
        stand, count = first + band.places(q.device).reshape(1, -1), apart.places.shape[1]
        beside = placed_scores(queries.flatten(2, 3), apart.k, stand, apart.places, mask, self.size)
        scores = torch.cat([beside.reshape(*queries.shape[:4], count), scores], -1)
        weights = safe_softmax(scores, mask).to(v.dtype)
        of_apart, of_band = weights[..., :count], weights[..., count:]
        return band.merged(of_band @ band.spans(v).mT + of_apart @ apart.v.unsqueeze(2))

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


def _without(inside: Bool[Tensor, "#b n"], places: Int64[Tensor, "#b some"]) -> Bool[Tensor, "#b n"]:
    """The same without some places, of which those below 0 lie elsewhere."""
    n = inside.shape[1]
    slots = places.where(places >= 0, n).expand(len(inside), -1)
    return pad(inside, (0, 1)).scatter(1, slots, False)[:, :n]
