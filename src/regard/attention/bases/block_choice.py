"""The keys in the blocks that suit a query best."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from regard.attention.bases.chosen import Choice
from regard.attention.kernels.blocks import Blocks
from regard.attention.mask import Mask


def best_blocks(ranks: Float[Tensor, "b h n count"], keep: int, blocks: Blocks, mask: Mask) -> Choice:
    """The keys in the `keep` blocks of the highest ranks; of blocks with equal ranks the later one is chosen.

    A causal query chooses among the blocks up to its own, and its own it reads up to itself.
    """
    n, device = ranks.shape[2], ranks.device
    eligible = blocks.filled[:, None, None, :, 0]
    if mask.causal:
        eligible = eligible & (torch.arange(blocks.count, device=device) <= own_block(blocks, n, mask))
    ranks = ranks.masked_fill(~eligible, -torch.inf)
    # a stable sort: which of equal ranks `topk` takes depends on the device and the length
    best = ranks.argsort(dim=-1, stable=True)[..., -keep:]
    at, there = blocks.keys_of(best)
    there = there & (ranks.gather(3, best) > -torch.inf).unsqueeze(-1)
    if mask.causal:
        there = there & (at <= mask.start + torch.arange(n, device=device)[:, None, None])
    return Choice(at.flatten(3), there.flatten(3))


def own_block(blocks: Blocks, n: int, mask: Mask) -> Int64[Tensor, "#b 1 n 1"]:
    """The block in which each of n queries stands."""
    return blocks.own[:, None, mask.start : mask.start + n, None]
