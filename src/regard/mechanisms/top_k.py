"""Explicit sparse attention: softmax over the largest scores of each query."""

from collections.abc import Sequence
from typing import Self, final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.scored import Scored
from regard.attention.kernels.scores import safe_softmax
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.traits import Tie, Traits


@final
class TopK(Scored):
    """Softmax over the scores that are no smaller than the `keep`-th largest of their row.

    Use it for maps of few keys; it saves no time, since all are scored.

    keep: how many keys a query reads. A query that may read fewer reads them all. Keys that tie with
        the last one kept are read as well, as in the paper, which compares with a threshold: which of two
        equal keys is read must not depend on their order. Ties are frequent in half precision only.
    """

    traits = Traits.of_scores(
        source="Zhao et al. 2019, arXiv 1912.11637, top-k masking",
        mass="exactly 1",
        chooses=True,
        ties=(Tie("softmax", "keep >= m"),),
    )

    def __init__(self, size: Size, *, keep: int = 8) -> None:
        super().__init__(size)
        self.keep = keep
        self.require_positive(keep=keep)

    def normalize(self, scores: Float[Tensor, "b h n m"], mask: Mask) -> Float[Tensor, "b h n m"]:
        last_kept = scores.topk(min(self.keep, scores.shape[3])).values[..., -1:]
        return safe_softmax(scores.masked_fill(scores < last_kept, -torch.inf), mask)

    def flops_per_score(self, m: int) -> int:
        # select, compare, then softmax: maximum, subtract, exp, sum, divide
        return 7

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size, keep=max(1, size.length // part))) for part in (8, 2, 1)]
