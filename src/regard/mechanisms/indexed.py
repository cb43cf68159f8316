"""DeepSeek sparse attention: a light indexer chooses which keys all heads read."""

from collections.abc import Sequence
from typing import Any, Self, final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.guided import Guided
from regard.attention.kernels.chosen_keys import Choice
from regard.attention.kernels.indexer import (
    choosing_flops,
    index_matmul_flops,
    index_scores,
    index_streams,
    largest,
)
from regard.attention.kernels.scores import masked_scores
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.streams import Stream, Streams
from regard.attention.traits import Tie, Traits


@final
class Indexed(Guided):
    """Softmax over the `keep` keys with the largest index scores, the same keys for all heads.

    Use it to make softmax at long lengths cheaper, where a small index can find the keys.

    The index score is Σ_a w_a ReLU(q_a · k / √c), with queries q_a and weights w_a of `index_heads` heads a
    and one key k for all of them, of c = `index_features` numbers. Of equal scores that of the later key
    counts as larger. Only reading is sparse: every pair has an index score.

    No gradient passes through a choice. The indexer learns by its `auxiliary` alone: the Kullback-Leibler
    divergence from the mean weights of the heads, detached, to the softmax of the index scores over the
    chosen keys, a mean over queries. It is that of the last call in training, to be asked for once.
    The paper detaches the layer's input from the indexer, which the layer's projections here do not.
    """

    traits = Traits.of_scores(
        source="DeepSeek-AI 2025, DeepSeek-V3.2, arXiv 2512.02556, eqs. 1, 2 and 4",
        mass="exactly 1",
        chooses=True,
        ties=(Tie("softmax", "keep >= n"),),
    ).without("cross", "start", "slopes", "table", "dense", "equivariant")

    def __init__(self, size: Size, *, keep: int = 8, index_heads: int = 4, index_features: int = 16) -> None:
        super().__init__(size)
        self.keep, self.index_heads, self.index_features = keep, index_heads, index_features
        self.require_positive(keep=keep, index_heads=index_heads, index_features=index_features)

    def streams(self) -> Streams[Any]:
        of_queries = index_streams(self.index_heads, self.index_features)
        index_k = Stream(self.index_features, of="keys", shared=True)
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e, **of_queries, index_k=index_k)

    def find(self, streams: Streams[Tensor], mask: Mask) -> tuple[Choice, Float[Tensor, "b 1 n r"]]:
        index_k = mask.readable(streams.index_k)
        scores = masked_scores(index_scores(streams.index_q, streams.index_weight, index_k), mask)
        at = largest(scores, self.keep)
        found = scores.gather(3, at)
        return Choice(at, found.detach() > -torch.inf), found

    def chosen_keys(self, m: int) -> int:
        return min(self.keep, m)

    def choosing_matmul_flops(self, n: int, m: int) -> int:
        return index_matmul_flops(n, m, self.index_heads, self.index_features)

    def choosing_flops(self, n: int, m: int) -> int:
        return choosing_flops(n, m, self.index_heads)

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size, keep=max(1, size.length // part))) for part in (8, 2, 1)]
