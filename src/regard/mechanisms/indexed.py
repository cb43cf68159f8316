"""DeepSeek sparse attention: a light indexer chooses which keys all heads read."""

from collections.abc import Sequence
from typing import Any, Self, final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.chosen import Choice, Chosen, read, weigh
from regard.attention.kernels.indexer import (
    choosing_flops,
    divergence,
    index_matmul_flops,
    index_scores,
    index_streams,
    largest,
)
from regard.attention.leftover import Leftover
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.precision import in_float32
from regard.attention.size import Size
from regard.attention.streams import Stream, Streams
from regard.attention.traits import Tie, Traits


@final
class Indexed(Chosen):
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
        for name in ("keep", "index_heads", "index_features"):
            number = getattr(self, name)
            self.require(number >= 1, f"{name} must be at least 1, not {number}.")
        self._penalty = Leftover()

    def streams(self) -> Streams[Any]:
        of_queries = index_streams(self.index_heads, self.index_features)
        index_k = Stream(self.index_features, of="keys", shared=True)
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e, **of_queries, index_k=index_k)

    @in_float32
    def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        scores = self._scores(streams, mask)
        choice = self._choice(scores)
        weights = weigh(streams, mask, choice, self.size)
        self._penalty.leave(self._learned(weights, scores, choice, mask) if self.training else None)
        return read(streams, mask, choice, weights)

    def choose(self, streams: Streams[Tensor], mask: Mask) -> Choice:
        return self._choice(self._scores(streams, mask))

    def auxiliary(self) -> Float[Tensor, ""] | None:
        return self._penalty.take()

    def chosen_pairs(self, n: int, m: int) -> int:
        return n * min(self.keep, m)

    def choosing_matmul_flops(self, n: int, m: int) -> int:
        return index_matmul_flops(n, m, self.index_heads, self.index_features)

    def choosing_flops(self, n: int, m: int) -> int:
        return choosing_flops(n, m, self.index_heads)

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [cls._keeping(max(1, size.length // part), size) for part in (8, 2, 1)]

    @classmethod
    def _keeping(cls, keep: int, size: Size) -> Near[Self]:
        mechanism = cls(size, keep=keep)
        return Near(mechanism, mechanism._unguided)

    def _unguided(self, streams: Streams[Tensor]) -> Streams[Tensor]:
        """The same streams with an index that prefers no key."""
        zero = torch.zeros_like(streams.q[:, :1, :, :1])
        index = ((name, each) for name, each in self.declared.items() if each.shared)
        return streams.replace(**{name: zero.expand(-1, -1, -1, each.features) for name, each in index})

    def _scores(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b 1 n m"]:
        """The index scores, -inf where the mask hides a key."""
        scores = index_scores(streams.index_q, streams.index_weight, mask.readable(streams.index_k))
        allowed = mask.allowed(scores.shape[2], scores.shape[3], scores.device)
        return scores if allowed is None else scores.masked_fill(~allowed, -torch.inf)

    def _choice(self, scores: Float[Tensor, "b 1 n m"]) -> Choice:
        at = largest(scores, self.keep)
        return Choice(at, scores.detach().gather(3, at) > -torch.inf)

    def _learned(
        self, weights: Float[Tensor, "b h n r"], scores: Float[Tensor, "b 1 n m"], choice: Choice, mask: Mask
    ) -> Float[Tensor, ""]:
        """What the index has to learn from one call."""
        n, real = scores.shape[2], mask.keys
        queries = None if real is None else real[:, None, mask.start : mask.start + n]
        return divergence(weights, scores.gather(3, choice.at), choice.readable, queries)
