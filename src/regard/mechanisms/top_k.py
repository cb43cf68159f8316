"""Explicit sparse attention: softmax over the largest scores of each query."""

from collections.abc import Sequence
from typing import Self, final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.cache import Cache, empty_cache, grown
from regard.attention.cost import Cost
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.scores import safe_softmax, scaled_scores
from regard.attention.size import Size
from regard.attention.traits import Traits


@final
class TopK(Mechanism):
    """Softmax over the scores that are no smaller than the `keep`-th largest of their row.

    keep: how many keys a query reads. A query that may read fewer reads them all. Keys that tie with
        the last one kept are read as well, as in the paper, which compares with a threshold: which of two
        equal keys is read must not depend on their order. Ties are frequent in half precision only.
    """

    traits = Traits(
        source="Zhao et al. 2019, arXiv 1912.11637, top-k masking",
        time="n^2",
        memory="n^2",
        causal=True,
        cross=True,
        padding=True,
        edges=True,
        window=True,
        slopes=True,
        streaming=True,
        normalized=True,
        limit="keep >= m",
    )

    def __init__(self, size: Size, *, keep: int = 8) -> None:
        super().__init__(size)
        self.keep = keep
        self.require(keep >= 1, f"keep must be at least 1, not {keep}. Choose how many keys a query reads.")

    def forward(
        self,
        q: Float[Tensor, "b h n d"],
        k: Float[Tensor, "b h m d"],
        v: Float[Tensor, "b h m e"],
        mask: Mask,
    ) -> Float[Tensor, "b h n e"]:
        scores = scaled_scores(q, k, mask)
        last_kept = scores.topk(min(self.keep, k.shape[2])).values[..., -1:]
        kept = scores.masked_fill(scores < last_kept, -torch.inf)
        return safe_softmax(kept) @ mask.readable(v)

    def cost(self, n: int, m: int) -> Cost:
        h, d, e = self.size.heads, self.size.key_features, self.size.value_features
        return Cost(
            matmul_flops=2 * h * n * m * (d + e),
            # select, compare, then softmax: maximum, subtract, exp, sum, divide; and the scale of q
            other_flops=7 * h * n * m + h * n * d,
            state_numbers=h * m * (d + e),
        )

    def weights(
        self, q: Float[Tensor, "b h n d"], k: Float[Tensor, "b h m d"], mask: Mask
    ) -> Float[Tensor, "b h n m"]:
        scores = scaled_scores(q, k, mask)
        ordered = scores.sort(-1, descending=True).values
        too_small = ordered[..., self.keep - 1 : self.keep]
        # no column there where a row is no longer than `keep`: then nothing is too small
        beyond = (scores < too_small) if too_small.shape[-1] else torch.zeros_like(scores, dtype=torch.bool)
        return safe_softmax(scores.masked_fill(beyond, -torch.inf))

    def initial_state(self, b: int) -> Cache:
        return empty_cache(self.size, b)

    def step(
        self,
        q: Float[Tensor, "b h d"],
        k: Float[Tensor, "b h d"],
        v: Float[Tensor, "b h e"],
        state: Cache,
    ) -> tuple[Float[Tensor, "b h e"], Cache]:
        state = grown(state, k, v)
        return self.forward(q.unsqueeze(2), *state, Mask()).squeeze(2), state

    @classmethod
    def toward_softmax(cls, size: Size) -> Sequence[Self]:
        return [cls(size, keep=max(1, size.length // part)) for part in (8, 2, 1)]
