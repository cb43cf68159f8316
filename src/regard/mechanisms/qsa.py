"""Query sparse attention (QSA): an index of mean keys chooses complete blocks, beside the open one."""

from collections.abc import Sequence
from typing import Any, Self, final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad, rms_norm

from regard.attention.bases.block_choice import complete_blocks, keys_in
from regard.attention.bases.guided import Guided
from regard.attention.kernels.blocks import Blocks
from regard.attention.kernels.chosen_keys import Choice
from regard.attention.kernels.indexer import MOST_FEATURES, fits, largest, sorting_flops
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.streams import Stream, Streams
from regard.attention.traits import Tie, Traits

SMALL = 1e-6
"""What is added to the mean square of an index query or key."""


@final
class Qsa(Guided):
    """Softmax over the keys of `keep` complete blocks, and over those behind the last complete one.

    Use it for long contexts in which whole blocks matter, with an index of one key per block.

    The index score of a block is Σ_a ReLU(q_a · k / √c), with queries of `index_heads` heads a and one key,
    the mean of those in the block, of c = `index_features` numbers. Queries and mean keys are RMS-normalized,
    with a learned gain for each feature. All heads read the blocks of the largest scores, of equal ones the
    later. A causal query chooses among the blocks that are complete up to itself: the last one of a block
    may leave its own key unread. Blocks hold `block` keys each, counted without padding.

    No gradient passes through the choice. The published model does not say how its index was trained. Here it
    learns by `auxiliary`, as that of `indexed` does, from the weights of the keys in the blocks that were
    chosen; each key has the score of its block.

    keep: complete blocks that a query reads. index_heads, index_features: the queries of the index at a
    position, and the numbers in each.
    """

    traits = Traits(
        source="Qwen 2026, Qwen4-Exp, github.com/huggingface/transformers; DeepSeek-AI 2025, DeepSeek-V3.2, "
        "arXiv 2512.02556, the indexer",
        time="n^2",
        memory="n^2",
        causal=True,
        padding=True,
        rotary=True,
        streaming=True,
        grouped=True,
        mass="exactly 1",
        chooses=True,
        equivariant=False,
        ties=(Tie("softmax", "keep >= n / block"),),
    )

    def __init__(
        self, size: Size, *, block: int = 4, keep: int = 4, index_heads: int = 4, index_features: int = 16
    ) -> None:
        super().__init__(size)
        self.block, self.keep = block, keep
        self.index_heads, self.index_features = index_heads, index_features
        self.require_positive(block=block, keep=keep, index_heads=index_heads, index_features=index_features)
        self.require(
            index_features <= MOST_FEATURES,
            f"index_features must be at most {MOST_FEATURES}, not {index_features}.",
        )
        self.query_gain = nn.Parameter(torch.ones(index_features))
        self.key_gain = nn.Parameter(torch.ones(index_features))

    def streams(self) -> Streams[Any]:
        index_q = Stream(self.index_heads * self.index_features, of="queries", shared=True)
        index_k = Stream(self.index_features, of="keys", shared=True)
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e, index_q=index_q, index_k=index_k)

    def find(self, streams: Streams[Tensor], mask: Mask) -> tuple[Choice, Float[Tensor, "b 1 n r"]]:
        blocks = Blocks.of(mask, streams.k.shape[2], self.block, streams.k.device)
        scores = self._scores(streams, mask, blocks)
        complete = complete_blocks(blocks, scores.shape[2], mask).expand(scores.shape)
        scores = scores.masked_fill(~complete, -torch.inf)
        best, behind = largest(scores, self.keep), complete.sum(3, keepdim=True)
        found = scores.gather(3, best)
        there = torch.cat([found.detach() > -torch.inf, behind < blocks.count], 3)
        chosen = torch.cat([best, behind.clamp(max=blocks.count - 1)], 3)
        # what is read behind the complete blocks was not chosen
        of_keys = pad(found.repeat_interleave(self.block, 3), (0, self.block), value=-torch.inf)
        return keys_in(chosen, there, blocks, mask), of_keys

    def chosen_keys(self, m: int) -> int:
        return self.block * (min(self.keep, Blocks.needed(m, self.block)) + 1)

    def choosing_matmul_flops(self, n: int, m: int) -> int:
        return 2 * n * Blocks.needed(m, self.block) * self.index_heads * self.index_features

    def choosing_flops(self, n: int, m: int) -> int:
        count, a, c = Blocks.needed(m, self.block), self.index_heads, self.index_features
        # means; norms; scale, ReLU and sum; a sort of every row
        return m * c + 4 * c * (n * a + count) + 3 * n * count * a + sorting_flops(n, count)

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        count = Blocks.needed(size.length, 4)
        return [Near(cls(size, block=4, keep=max(1, count // part))) for part in (4, 2, 1)]

    def _scores(self, streams: Streams[Tensor], mask: Mask, blocks: Blocks) -> Float[Tensor, "b 1 n count"]:
        """The index score of every block, whether it is complete or not."""
        means = blocks.cut(mask.readable(streams.index_k)).mean(3)
        heads = streams.index_q.reshape(*streams.index_q.shape[:3], self.index_heads, self.index_features)
        queries, keys = self._normalized(heads, self.query_gain), self._normalized(means, self.key_gain)
        return fits(queries.flatten(3), keys).sum(3)

    def _normalized(self, x: Tensor, gain: Tensor) -> Tensor:
        return rms_norm(x, gain.shape, gain.to(x), SMALL)
