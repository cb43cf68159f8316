"""Mixture of block attention (MoBA): a query reads its own block and those whose mean key fits it best."""

from collections.abc import Sequence
from typing import Self, final

from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.block_choice import best_blocks, own_first
from regard.attention.bases.chosen import Chosen
from regard.attention.kernels.blocks import Blocks
from regard.attention.kernels.chosen_keys import Choice
from regard.attention.kernels.indexer import sorting_flops
from regard.attention.kernels.scores import per_head
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits


@final
class SelectedBlocks(Chosen):
    """Softmax over the keys of `keep` blocks: that of the query, and those with the largest q · mean(k).

    Use it for long contexts in which whole blocks matter, without new weights.

    Each head chooses for itself. A causal query chooses among the blocks before its own, all of which are
    complete, and reads its own up to itself. Of blocks with equal scores the later one is read. Blocks hold
    `block` keys each, counted without padding. Each block has a score for each query, so that time still
    grows with n², divided by `block`; no gradient passes through the choice.

    Blocks are chosen otherwise by `msa` and `qsa`, whose index learns what to choose, and by `nsa`.

    block: keys in a block. keep: blocks that a query reads; with 1 it reads its own only.
    """

    traits = Traits(
        source="Lu et al. 2025, MoBA, arXiv 2502.13189, eqs. 2 to 6",
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

    def __init__(self, size: Size, *, block: int = 8, keep: int = 3) -> None:
        super().__init__(size)
        self.block, self.keep = block, keep
        self.require_positive(block=block, keep=keep)

    def choose(self, streams: Streams[Tensor], mask: Mask) -> Choice:
        blocks = Blocks.of(mask, streams.k.shape[2], self.block, streams.k.device)
        ranks = own_first(self._fits(streams, mask, blocks), blocks, mask)
        return best_blocks(ranks, self.keep, blocks, mask)

    def chosen_keys(self, m: int) -> int:
        return self.block * min(self.keep, Blocks.needed(m, self.block))

    def choosing_matmul_flops(self, n: int, m: int) -> int:
        return 2 * self.size.h * n * Blocks.needed(m, self.block) * self.size.d

    def choosing_flops(self, n: int, m: int) -> int:
        # the means, and a sort of every row
        return self.size.h * (m * self.size.d + sorting_flops(n, Blocks.needed(m, self.block)))

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        count = Blocks.needed(size.length, 4)
        return [Near(cls(size, block=4, keep=max(1, count // part))) for part in (4, 2, 1)]

    def _fits(self, streams: Streams[Tensor], mask: Mask, blocks: Blocks) -> Float[Tensor, "b h n count"]:
        """q · mean(k) of every block."""
        keys, held = blocks.cut(mask.readable(streams.k.detach())), blocks.filled.sum(-1).clamp(min=1)
        means = keys.sum(3) / held[:, None, :, None]
        return streams.q.detach() @ per_head(means, self.size.h).mT
