"""DeepSeek sparse attention: a light indexer chooses which keys all heads read."""

import math
from collections.abc import Sequence
from typing import Any, Self, final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.chosen import Choice, Chosen, read, weigh
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
        a, c = self.index_heads, self.index_features
        return Streams(
            q=self.size.d,
            k=self.size.d,
            v=self.size.e,
            index_q=Stream(a * c, of="queries", shared=True),
            index_weight=Stream(a, of="queries", shared=True),
            index_k=Stream(c, of="keys", shared=True),
        )

    @in_float32
    def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        index = self._index(streams, mask)
        choice = self._largest(index)
        weights = weigh(streams, mask, choice, self.size)
        self._penalty.leave(self._divergence(weights, index, choice, mask) if self.training else None)
        return read(streams, mask, choice, weights)

    def choose(self, streams: Streams[Tensor], mask: Mask) -> Choice:
        return self._largest(self._index(streams, mask))

    def auxiliary(self) -> Float[Tensor, ""] | None:
        return self._penalty.take()

    def chosen_pairs(self, n: int, m: int) -> int:
        return n * min(self.keep, m)

    def choosing_matmul_flops(self, n: int, m: int) -> int:
        return 2 * n * m * self.index_heads * (self.index_features + 1)

    def choosing_flops(self, n: int, m: int) -> int:
        # ReLU, and a sort of every row
        return n * m * (self.index_heads + math.ceil(math.log2(max(m, 2))))

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

    def _index(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b 1 n m"]:
        """The index scores, -inf where the mask hides a key."""
        k = mask.readable(streams.index_k).squeeze(1)
        n, m = streams.q.shape[2], k.shape[1]
        q = streams.index_q.reshape(-1, n * self.index_heads, self.index_features)
        fits = (q @ k.mT / math.sqrt(self.index_features)).relu().reshape(-1, n, self.index_heads, m)
        scores = (streams.index_weight.unsqueeze(3) @ fits.unsqueeze(1)).squeeze(3)
        allowed = mask.allowed(n, m, k.device)
        return scores if allowed is None else scores.masked_fill(~allowed, -torch.inf)

    def _largest(self, index: Float[Tensor, "b 1 n m"]) -> Choice:
        # a stable sort: which of equal scores `topk` takes depends on the device and the length
        at = index.detach().argsort(dim=-1, stable=True)[..., -self.keep :]
        return Choice(at, index.detach().gather(3, at) > -torch.inf)

    def _divergence(
        self, weights: Float[Tensor, "b h n r"], index: Float[Tensor, "b 1 n m"], choice: Choice, mask: Mask
    ) -> Float[Tensor, ""]:
        target, scores = weights.detach().mean(1, keepdim=True), index.gather(3, choice.at)
        # a finite number: of nothing but -inf the gradient is NaN
        scores = scores.masked_fill(~choice.readable, torch.finfo(scores.dtype).min)
        apart = (torch.xlogy(target, target) - target * scores.log_softmax(-1)).sum(-1)
        reading = choice.readable.any(-1)
        if mask.keys is not None:
            reading = reading & mask.keys[:, None, mask.start : mask.start + apart.shape[2]]
        return (apart * reading).sum() / reading.sum().clamp(min=1)
