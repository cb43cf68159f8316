"""Sparse transformer: softmax over the neighborhood and every l-th key beyond, with l near √n."""

import math
from collections.abc import Sequence
from typing import Self, final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.banded import real_keys
from regard.attention.cost import Cost
from regard.attention.kernels.band import Band, band_scores
from regard.attention.kernels.chunks import from_rows, in_rows
from regard.attention.kernels.scores import masked_scores, safe_softmax, scores_of
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism, Near
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits


@final
class Strided(Mechanism):
    """Softmax over the keys at most l positions away and over those at whole multiples of l.

    Use it for sequences with a period, such as the rows of an image.

    Any two positions are two steps apart, by way of one in the same column: where l is the width of an image,
    the neighborhood is about the row and the multiples are the column. Every head reads both (the paper's
    merged head), each query about 2 l + n / l keys.

    stride: l. None means the root of the longest length, where a query reads fewest.
    """

    traits = Traits(
        source="Child et al. 2019, arXiv 1904.10509, section 4.2, strided attention, merged head (eq. 8)",
        time="n sqrt n",
        memory="n sqrt n",
        causal=True,
        padding=True,
        window=True,
        segments=True,
        slopes=True,
        table=True,
        rotary=True,
        mass="exactly 1",
        equivariant=False,
        ties=(Tie("softmax", "stride >= n"),),
    )

    def __init__(self, size: Size, *, stride: int | None = None) -> None:
        super().__init__(size)
        self.stride = math.ceil(math.sqrt(size.length)) if stride is None else stride
        self.require(
            self.stride >= 1, f"stride must be at least 1, not {stride}. Choose about the root of n."
        )

    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        q, k, v = streams.q, mask.readable(streams.k), mask.readable(streams.v)
        band = self._band(q.shape[2], mask)
        near = band_scores(band, band.queries(q), k, real_keys(k, mask), mask, self.size)
        scores = torch.cat([band.merged(near), from_rows(self._far_scores(q, k, mask), band.n)], -1)
        weights = safe_softmax(scores, mask).to(v.dtype)
        of_near, of_far = weights[..., : band.span], weights[..., band.span :]
        far = from_rows(in_rows(of_far, self.stride) @ in_rows(v, self.stride), band.n)
        return band.merged(band.queries(of_near) @ band.spans(v).mT) + far

    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n n"]:
        k, n = mask.readable(streams.k), streams.k.shape[2]
        offsets = Mask().offsets(n, n, k.device)
        reached = (offsets.abs() <= self.stride) | (offsets % self.stride == 0)
        scores = masked_scores(scores_of(streams.q, k, self.size), mask)
        return safe_softmax(scores.masked_fill(~reached, -torch.inf), mask).to(k.dtype)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, band = self.size.h, self.size.d, self.size.e, self._band(n, mask)
        scores = h * (band.count * band.length * band.span + self.stride * math.ceil(n / self.stride) ** 2)
        return Cost(
            matmul_flops=2 * scores * (d + e),
            # maximum, subtract, exp, sum, divide; the scale of q, for both
            other_flops=5 * scores + 2 * h * n * d,
            state_numbers=h * m * (d + e),
        )

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size, stride=size.length))]

    def _band(self, n: int, mask: Mask) -> Band:
        reach = min(self.stride, n - 1, n if mask.window is None else mask.window)
        return Band(n, reach, mask.causal)

    def _far_scores(self, q: Tensor, k: Tensor, mask: Mask) -> Float[Tensor, "b h stride row row"]:
        """Of the pairs at twice the stride and more: nearer ones are in the band."""
        queries, keys = in_rows(q, self.stride), in_rows(k, self.stride)
        scores = scores_of(queries, keys, self.size)
        offsets = self.stride * Mask().offsets(queries.shape[3], keys.shape[3], k.device)
        added = mask.bias.added(offsets)
        if added is not None:
            scores = scores + added.unsqueeze(1).to(scores.dtype)
        allowed = (offsets <= -2 * self.stride) | ((offsets >= 2 * self.stride) & (not mask.causal))
        if mask.window is not None:
            allowed = allowed & (offsets.abs() <= mask.window)
        real = in_rows(real_keys(k, mask)[:, None, :, None], self.stride)
        allowed = allowed & real.mT
        if mask.segments is not None:
            segments = in_rows(mask.segments[:, None, :, None], self.stride)
            allowed = allowed & (segments == segments.mT)
        return scores.masked_fill(~allowed, -torch.inf)
