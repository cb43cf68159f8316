"""MiniMax sparse attention (MSA): an index chooses blocks of keys, for each group of heads."""

import math
from collections.abc import Sequence
from typing import Any, Self, final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.block_choice import best_blocks, own_first
from regard.attention.bases.guided import Guided
from regard.attention.kernels.blocks import Blocks
from regard.attention.kernels.chosen_keys import Choice
from regard.attention.kernels.indexer import sorting_flops
from regard.attention.kernels.scores import masked_scores, per_head
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.streams import Stream, Streams
from regard.attention.traits import Tie, Traits


@final
class Msa(Guided):
    """Softmax over the keys of `keep` blocks: that of the query, and those in which an index finds most.

    Use it for long contexts in which whole blocks matter, where what is read need not tell what to read.

    The index score of a key is q · k / √c, with a query for each head of keys and one key for all of them, of
    c = `index_features` numbers. A block has the largest score of its keys. Heads that share keys read the
    same blocks. Of blocks with equal scores the later one is read. A causal query chooses among the blocks
    before its own, and reads its own up to itself. Blocks hold `block` keys each, counted without padding.
    Only reading is sparse: every pair has an index score.

    No gradient passes through the choice: the index learns by `auxiliary`, as that of `indexed` does, here
    from the mean weights of the heads that share keys.

    block: keys in a block. keep: blocks that a query reads; with 1 it reads its own only.
    """

    traits = Traits(
        source="Lai et al. 2026, MiniMax sparse attention, arXiv 2606.13392",
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

    def __init__(self, size: Size, *, block: int = 4, keep: int = 4, index_features: int = 16) -> None:
        super().__init__(size)
        self.block, self.keep, self.index_features = block, keep, index_features
        self.require_positive(block=block, keep=keep, index_features=index_features)

    def streams(self) -> Streams[Any]:
        index_q = Stream(self.index_features, of="queries", grouped=True)
        index_k = Stream(self.index_features, of="keys", shared=True)
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e, index_q=index_q, index_k=index_k)

    def find(self, streams: Streams[Tensor], mask: Mask) -> tuple[Choice, Float[Tensor, "b g n r"]]:
        index_k = mask.readable(streams.index_k)
        scores = masked_scores(streams.index_q @ index_k.mT / math.sqrt(self.index_features), mask)
        blocks = Blocks.of(mask, index_k.shape[2], self.block, index_k.device)
        ranks = own_first(blocks.largest(scores.detach()), blocks, mask)
        chosen = best_blocks(ranks, self.keep, blocks, mask)
        found = scores.gather(3, chosen.at).masked_fill(~chosen.readable, -torch.inf)
        return Choice(per_head(chosen.at, self.size.h), per_head(chosen.readable, self.size.h)), found

    def chosen_keys(self, m: int) -> int:
        return self.block * min(self.keep, Blocks.needed(m, self.block))

    def choosing_matmul_flops(self, n: int, m: int) -> int:
        return 2 * self.size.g * n * m * self.index_features

    def choosing_flops(self, n: int, m: int) -> int:
        # the scale, the largest of each block, and a sort of every row
        return self.size.g * (2 * n * m + sorting_flops(n, Blocks.needed(m, self.block)))

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        count = Blocks.needed(size.length, 4)
        return [Near(cls(size, block=4, keep=max(1, count // part))) for part in (4, 2, 1)]
