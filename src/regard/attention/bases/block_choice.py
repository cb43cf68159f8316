"""The keys in the blocks that suit a query best."""

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from regard.attention.kernels.blocks import Blocks
from regard.attention.kernels.chosen_keys import Choice
from regard.attention.kernels.indexer import largest
from regard.attention.mask import Mask


def best_blocks(ranks: Float[Tensor, "b c n count"], keep: int, blocks: Blocks, mask: Mask) -> Choice:
    """The keys in the `keep` blocks of the highest ranks; of blocks with equal ranks the later one is chosen.

    A causal query chooses among the blocks up to its own, and its own it reads up to itself.
    """
    eligible = blocks.filled[:, None, None, :, 0]
    if mask.causal:
        each = torch.arange(blocks.count, device=ranks.device)
        eligible = eligible & (each <= own_block(blocks, ranks.shape[2], mask))
    ranks = ranks.masked_fill(~eligible, -torch.inf)
    best = largest(ranks, keep)
    return keys_in(best, ranks.gather(3, best) > -torch.inf, blocks, mask)


def keys_in(
    chosen: Int64[Tensor, "b c n r"], there: Bool[Tensor, "b c n r"], blocks: Blocks, mask: Mask
) -> Choice:
    """The keys in chosen blocks, of those that are there; a causal query reads none behind itself."""
    at, filled = blocks.keys_of(chosen)
    readable = filled & there.unsqueeze(-1)
    if mask.causal:
        places = mask.start + torch.arange(at.shape[2], device=at.device)
        readable = readable & (at <= places[:, None, None])
    return Choice(at.flatten(3), readable.flatten(3))


def own_first(ranks: Float[Tensor, "b c n count"], blocks: Blocks, mask: Mask) -> Tensor:
    """The ranks, with that of the block in which a query stands above all others."""
    each = torch.arange(blocks.count, device=ranks.device)
    own = each == own_block(blocks, ranks.shape[2], mask)
    return ranks.masked_fill(own, torch.finfo(ranks.dtype).max)


def own_block(blocks: Blocks, n: int, mask: Mask) -> Int64[Tensor, "#b 1 n 1"]:
    """The block in which each of n queries stands."""
    return blocks.own[:, None, mask.start : mask.start + n, None]


def complete_blocks(blocks: Blocks, n: int, mask: Mask) -> Bool[Tensor, "#b 1 #n count"]:
    """Which blocks are full, for each of n causal queries those that are full up to itself."""
    full = blocks.filled.all(-1)[:, None, None]
    if not mask.causal:
        return full
    places = mask.start + torch.arange(n, device=full.device)
    return full & (blocks.places[:, None, None, :, -1] <= places[:, None])
