"""Compressed sparse attention (CSA) of DeepSeek-V4: an indexer chooses among entries, beside a window."""

from collections.abc import Sequence
from typing import Any, Self, final

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from regard.attention.bases.beside_window import SHUT, BesideWindow, Place, toward_softmax
from regard.attention.kernels.entries import Entries
from regard.attention.kernels.indexer import (
    MOST_FEATURES,
    choosing_flops,
    divergence,
    index_matmul_flops,
    index_scores,
    index_streams,
    largest,
)
from regard.attention.leftover import Leftover
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits


@final
class Csa(BesideWindow):
    """One softmax over the keys at most `window` positions away, `keep` entries of blocks, and a sink.

    Use it for very long streams, of whose far past only a few blocks matter.

    Entries are those of `compressed`, but each is made of the `block` positions of its own block and, by
    other contents and scores, of those of the block before. A third part of an entry is the key by which an
    index as that of `indexed` scores it. All heads read the entries of the `keep` largest index scores, of
    equal ones the later, among the blocks that are complete up to the query.

    No gradient passes through the choice: the index learns by `auxiliary`, as that of `indexed` does.

    index_heads, index_features: the queries of the index at a position, and the numbers in each.
    """

    traits = Traits(
        source="DeepSeek-AI 2026, DeepSeek-V4, arXiv 2606.19348, eqs. 9 to 17; DeepSeek-AI 2025, "
        "DeepSeek-V3.2, arXiv 2512.02556, the indexer",
        time="n^2",
        memory="n^2",
        causal=True,
        streaming=True,
        grouped=True,
        weights=False,
        equivariant=False,
        chooses=True,
        ties=(
            Tie("softmax", "block > n, window >= n, sink -> -inf"),
            Tie("compressed", "keep >= n / block, nothing of the block before"),
        ),
    )

    def __init__(
        self,
        size: Size,
        *,
        block: int = 4,
        window: int = 8,
        keep: int = 4,
        index_heads: int = 4,
        index_features: int = 8,
    ) -> None:
        super().__init__(size, block=block, window=window)
        self.keep, self.index_heads, self.index_features = keep, index_heads, index_features
        self.require_positive(keep=keep, index_heads=index_heads, index_features=index_features)
        self.require(
            index_features <= MOST_FEATURES,
            f"index_features must be at most {MOST_FEATURES}, not {index_features}.",
        )
        self.entries = Entries(block, (size.d, size.e, index_features), overlap=True)
        self._penalty = Leftover()

    def streams(self) -> Streams[Any]:
        return super().streams().replace(**index_streams(self.index_heads, self.index_features))

    def mix(
        self,
        streams: Streams[Tensor],
        entries: Float[Tensor, "b 1 w features"],
        complete: Bool[Tensor, "n w"],
        place: Place,
    ) -> Float[Tensor, "b h n e"]:
        index_k = self.entries.split(entries)[2]
        scores = index_scores(streams.index_q, streams.index_weight, index_k)
        scores = scores.masked_fill(~complete, -torch.inf)
        chosen = torch.zeros_like(scores, dtype=torch.bool).scatter(3, largest(scores, self.keep), True)
        readable = chosen & complete
        mixed, weights = self.read(streams, entries, readable, place)
        self._penalty.leave(
            divergence(weights, scores.masked_fill(~readable, -torch.inf)) if self.training else None
        )
        return mixed

    def auxiliary(self) -> Float[Tensor, ""] | None:
        return self._penalty.take()

    def choosing_cost(self, n: int, w: int) -> tuple[int, int]:
        matmuls = index_matmul_flops(n, w, self.index_heads, self.index_features)
        return matmuls, choosing_flops(n, w, self.index_heads)

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        if name == "softmax":
            return toward_softmax(cls, size)
        mechanism = cls(size, block=8, keep=size.length)
        return [Near(mechanism, mechanism._of_one_block)]

    def _of_one_block(self, streams: Streams[Tensor]) -> Streams[Tensor]:
        """The streams of `compressed`, with nothing of the block before and nothing for the index."""
        own = streams.content.new_zeros(*streams.content.shape[:3], self.index_features)
        before = torch.zeros_like(torch.cat([streams.content, own], -1))
        return streams.replace(
            content=torch.cat([before, streams.content, own], -1),
            score=torch.cat([before + SHUT, streams.score, own], -1),
        )
