"""A running sum of keys times values that is kept in levels: one sum for each power of two of the past.

Seen from position t, key j lies in level l(t, j), the number of binary digits of t XOR j: level 0 is t
itself, and behind it come stretches of 1, 2, 4, ... positions, as in a Fenwick tree (Guo et al. 2025, arXiv
2506.04761, section 3.1). As time goes on whole levels move up together, never apart. Whatever lies further
back than there are levels is in the last. Only real positions count.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import one_hot

from regard.attention.kernels.chunks import in_chunks, layout
from regard.attention.kernels.decays import HeadDecays


class Sums(NamedTuple):
    """The sum of each level, and how many real positions there were."""

    levels: Float[Tensor, "b h levels d e"]
    seen: Float[Tensor, "b 1 1 1"]


def level_count(length: int) -> int:
    """Levels of a sequence of that length."""
    return (length - 1).bit_length() + 1


def write(memory: Sums, k: Tensor, v: Tensor, g: Tensor, real: Tensor) -> Sums:
    """The sums after all keys, in their order: at each they decay by exp g, and then it comes in at level 0.

    k, v, g: (b, h, m, d), (b, h, m, e) and log decays (b, h, m, 1).
    real: 1 where a position counts and 0 where it does not, (b, 1, m, 1).
    """
    chunks = layout(k.shape[2])
    k, v, g, real = (in_chunks(x, *chunks) for x in (k, v, g, real))
    return _memories(HeadDecays(g), k, v, _places(real, memory), memory)[1]


def read(q: Tensor, shares: Tensor, memory: Sums) -> Float[Tensor, "b h n e"]:
    """What every query reads from one memory: each level by its share, (b, h, n, levels)."""
    return _shared(q.unsqueeze(2) @ memory.levels, shares)


def read_so_far(
    q: Tensor, k: Tensor, v: Tensor, g: Tensor, shares: Tensor, real: Tensor, memory: Sums
) -> tuple[Float[Tensor, "b h n e"], Sums]:
    """What query i reads after the writes up to i, and the memory after the last, in O(n log n)."""
    n, levels = q.shape[2], shares.shape[3]
    q, k, v, g, shares, real = (in_chunks(x, *layout(n)) for x in (q, k, v, g, shares, real))
    fading, places = HeadDecays(g), _places(real, memory)
    before, after = _memories(fading, k, v, places, memory)
    of_pairs, of_levels = (
        shares.gather(4, _level(places, others.mT, levels).expand(*q.shape[:4], -1))
        for others in (places, _starts(_first(places, memory), levels))
    )
    near = (fading.products(q, k) * of_pairs) @ v
    far = _shared(fading.until(q).unsqueeze(3) @ before, of_levels)
    return (near + far).flatten(2, 3)[:, :, :n], after


def matmul_flops(m: int, d: int, e: int, levels: int) -> int:
    """Operations of the matrix products of `write`, for one head: levels move, and keys come in."""
    count, length = layout(m)
    return 2 * count * levels * d * e * (levels + length)


def matmul_flops_so_far(n: int, d: int, e: int, levels: int) -> int:
    """The same of `read_so_far`; one position is a write and a read."""
    count, length = layout(n)
    pairs = length * length * (d + e) if n > 1 else 0
    return matmul_flops(n, d, e, levels) + 2 * count * (pairs + levels * length * d * e)


def other_flops(m: int, d: int, e: int, levels: int) -> int:
    """Operations of `read_so_far` that are no matrix product, for one head."""
    count, length = layout(m)
    return count * (HeadDecays.other_flops(length, d) + length * (length + levels * (d + 2 * e)))


def _places(real: Float[Tensor, "b 1 chunks length 1"], memory: Sums) -> Int64[Tensor, "b 1 chunks length 1"]:
    """The number of each real position, counted from 0; of another, that of the last real one before it."""
    counted = real.flatten(2, 3).cumsum(2) + memory.seen - 1
    return counted.view_as(real).long()


def _first(places: Tensor, memory: Sums) -> Int64[Tensor, "b 1 chunks 1 1"]:
    """The number of the last real position before each chunk."""
    before = memory.seen.unsqueeze(2).long() - 1
    return torch.cat([before, places[:, :, :-1, -1:]], 2)


def _starts(place: Tensor, levels: int) -> Int64[Tensor, "b 1 chunks levels 1"]:
    """The first position in each level, seen from a place: it stands for all of them."""
    each = torch.arange(levels, device=place.device).unsqueeze(1)
    starts = place >> each << each
    # the last level holds all that came before as well
    return starts.masked_fill(each == levels - 1, 0)


def _level(places: Tensor, others: Tensor, levels: int) -> Int64[Tensor, "*any"]:
    """The level in which others lie, seen from places."""
    powers = 2 ** torch.arange(levels - 1, device=places.device)
    return torch.bucketize(places ^ others, powers, right=True)


def _shared(read: Float[Tensor, "*any levels n e"], shares: Float[Tensor, "*any n levels"]) -> Tensor:
    return (read * shares.mT.unsqueeze(-1)).sum(-3)


def _memories(
    fading: HeadDecays, k: Tensor, v: Tensor, places: Tensor, memory: Sums
) -> tuple[Float[Tensor, "b h chunks levels d e"], Sums]:
    """The sums before each chunk, and after the last: tensors of their own, which keep no other alive."""
    levels, last = memory.levels.shape[2], places[:, :, :, -1:]
    entered = one_hot(_level(last, places, levels).squeeze(4), levels).to(k)
    moved = one_hot(_level(last, _starts(_first(places, memory), levels), levels).squeeze(4), levels).to(k)
    added = (fading.after(k).unsqueeze(3) * entered.mT.unsqueeze(5)).mT @ v.unsqueeze(3)
    moves = (fading.whole() * moved.mT).unbind(2)
    sums = [memory.levels]
    for move, new in zip(moves, added.unbind(2), strict=True):
        sums.append((move @ sums[-1].flatten(3)).view_as(new) + new)
    return torch.stack(sums[:-1], 2), Sums(sums[-1], last[:, :, -1].to(memory.seen) + 1)
