"""Attention with a sink: a learned score beside those of the keys, at which there is nothing to read."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Self, final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad

from regard.attention.bases.cached import Cached
from regard.attention.bias import Bias
from regard.attention.cost import Cost
from regard.attention.kernels.fused import BLOCK, fused_attention, skips_pairs
from regard.attention.kernels.scores import per_head, wide_scores
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.precision import widen
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits

SHUT = -1e4
"""A score of the sink that leaves nothing to it."""


@final
class Sink(Cached):
    """Softmax over the keys and one more score z, whose value is 0: weights sum to less than 1.

    Use it in place of softmax where heads often find nothing, and in streams with a window.

    One z is learned for each head, from 0 on: there it is "softmax plus one" (Miller 2023). The larger z, the
    less a query need read where no key fits. For the fused kernel the sink is a key in front, which only one
    further feature of the queries meets.
    """

    traits = Traits.of_scores(
        source="OpenAI 2025, gpt-oss model card, arXiv 2508.10925; Miller 2023, Attention Is Off By One",
        memory="n",
        mass="at most 1",
        ties=(Tie("softmax", "z -> -inf"),),
    )
    forms = ("plain", "fused")

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.logit = nn.Parameter(torch.zeros(size.h, 1, 1))

    def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        if self.form_for(streams, mask) == "fused":
            return self._fused(streams, mask)
        return self.weights(streams, mask) @ per_head(mask.readable(streams.v), self.size.h)

    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        scores = wide_scores(streams.q, streams.k, mask, self.size)
        sink = widen(self.logit).to(scores.dtype).expand(*scores.shape[:3], 1)
        # with the sink a row is never empty
        return torch.cat([scores, sink], -1).softmax(-1)[..., :-1].to(streams.v.dtype)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e = self.size.h, self.size.d, self.size.e
        causal = skips_pairs(mask, n, m) and mask.causal and not mask.start
        pairs = mask.pairs(n + 1, m + 1) if causal else n * (m + 1)
        return Cost(
            matmul_flops=2 * h * pairs * (d + e + 2),
            # scale, maximum, subtract, exp, sum, divide
            other_flops=6 * h * pairs,
            state_numbers=self.cached_numbers(m),
        )

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls._at(size, logit)) for logit in (0.0, -5.0, SHUT)]

    @classmethod
    def _at(cls, size: Size, logit: float) -> Self:
        mechanism = cls(size)
        nn.init.constant_(mechanism.logit, logit)
        return mechanism

    def _fused(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        n, m = streams.q.shape[2], streams.k.shape[2]
        beside, size = self._beside(streams, mask), self._size_beside
        if not skips_pairs(mask, n, m):
            blocks = [(first, min(first + BLOCK, n)) for first in range(0, n, BLOCK)]
            rows = [
                fused_attention(
                    beside.replace(q=beside.q[:, :, first:stop]),
                    _shifted(mask.queries(first, stop), (stop - first, m), streams.q),
                    size,
                )
                for first, stop in blocks
            ]
            return torch.cat(rows, 2)[..., :-1]
        if mask.causal and not mask.start:
            # a query in front as well: the kernel's causal mask begins in the corner
            return fused_attention(beside.replace(q=pad(beside.q, (0, 0, 1, 0))), mask, size)[:, :, 1:, :-1]
        return fused_attention(beside, Mask(), size)[..., :-1]

    def _beside(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        """The streams with the sink in front of the keys, and a feature more of each."""
        q, k = streams.q, pad(mask.readable(streams.k), (0, 1, 1, 0))
        height = (widen(self.logit) * self.size.temperature).to(q.dtype)
        k[:, :, 0, -1] = 1
        v = pad(mask.readable(streams.v), (0, 1, 1, 0))
        return Streams(q=torch.cat([q, height.expand(*q.shape[:3], 1)], 3), k=k, v=v)

    @property
    def _size_beside(self) -> Size:
        d, e = self.size.d + 1, self.size.e + 1
        return replace(self.size, key_features=d, value_features=e, scale=1 / self.size.temperature)


def _shifted(mask: Mask, sizes: tuple[int, int], like: Tensor) -> Mask:
    """The mask of some queries over the sink, which all of them may read, and the keys behind it."""
    n, m = sizes
    allowed, added = mask.allowed(n, m, like.device), mask.added(n, m, like.device)
    edges = None if allowed is None else pad(allowed[:, 0].expand(-1, n, m), (1, 0), value=True)
    return Mask(edges=edges, bias=Bias(dense=None if added is None else pad(added, (1, 0))))
