"""Hierarchical attention: single keys near a query, and means of ever longer groups far from it."""

from collections.abc import Iterator, Sequence
from typing import Self, final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.cost import Cost
from regard.attention.kernels.chunks import in_chunks
from regard.attention.kernels.levels import Level, heights
from regard.attention.kernels.packing import Packing
from regard.attention.kernels.scores import safe_softmax, scores_of
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism, Near
from regard.attention.precision import in_float32
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits


@final
class Hierarchical(Mechanism):
    """Softmax over the keys of the own block and of those beside it, and beyond them over means of 2^l keys.

    Use it for very long sequences whose far parts matter only in summary.

    A group of c keys is read as if all of them were their mean: one entry whose score is raised by log c.
    Groups double in length from level to level, of which there are about log2(n / block); of each a query
    reads about 1.5 block groups. Queries are not averaged (in the paper they are, which makes the time n), so
    that none sees another; under a causal mask only groups are read that lie before the query as a whole.
    Blocks and groups are cut from the readable positions.

    block: positions in a block, an even number.
    """

    traits = Traits(
        source="Zhu & Soricut 2021, H-Transformer-1D, arXiv 2107.11906, section 4",
        time="n log n",
        memory="n log n",
        causal=True,
        padding=True,
        rotary=True,
        mass="exactly 1",
        equivariant=False,
        ties=(Tie("softmax", "block >= n / 2, one level"),),
    )

    def __init__(self, size: Size, *, block: int = 8) -> None:
        super().__init__(size)
        self.block = block
        even = block >= 2 and block % 2 == 0
        self.require(even, f"block must be even, and not {block}. Choose 2 or more.")

    # means of keys lose what half precision rounds away
    @in_float32
    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        packing, n, causal = Packing.of(mask, streams.q), streams.q.shape[2], mask.causal
        q, levels = packing.packed(streams.q), [*self._levels(streams, mask, packing)]
        scores = []
        for level in levels:
            k, count = (level.spans(x, causal=causal) for x in (level.k, level.count[:, None, :, None]))
            of_blocks = scores_of(in_chunks(q, k.shape[2], level.length), k, self.size)
            of_blocks = of_blocks + count.mT.clamp_min(1).log().to(q.dtype)
            allowed = level.allowed(packing.places, causal=causal)
            scores.append(of_blocks.masked_fill(~allowed, -torch.inf).flatten(2, 3)[:, :, :n])
        shares = torch.split(safe_softmax(torch.cat(scores, 3)), [each.shape[3] for each in scores], 3)
        mixed = torch.zeros_like(packing.packed(streams.v))
        for level, share in zip(levels, shares, strict=True):
            v = level.spans(level.v, causal=causal)
            read = in_chunks(share, v.shape[2], level.length) @ v
            mixed = mixed + read.flatten(2, 3)[:, :, :n]
        return packing.unpacked(mixed)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e = self.size.h, self.size.d, self.size.e
        scores, sides = 0, 1 if mask.causal else 2
        for height in range(heights(n, self.block) + 1):
            length = self.block * 2**height
            scores += h * -(-n // length) * length * self.block * (sides + (height == 0))
        return Cost(
            matmul_flops=2 * scores * (d + e),
            # add the log of the count; maximum, subtract, exp, sum, divide; the means; the scale of q
            other_flops=6 * scores + 4 * h * n * (d + e) + h * (heights(n, self.block) + 1) * n * (d + e),
            state_numbers=h * m * (d + e),
        )

    @in_float32
    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n n"]:
        packing, n = Packing.of(mask, streams.q), streams.q.shape[2]
        q, levels = packing.packed(streams.q), [*self._levels(streams, mask, packing)]
        scores = [
            scores_of(q, level.k, self.size) + level.count[:, None, None].clamp_min(1).log().to(q.dtype)
            for level in levels
        ]
        read = [level.read(packing.places, causal=mask.causal) for level in levels]
        hidden = [each.masked_fill(~some, -torch.inf) for each, some in zip(scores, read, strict=True)]
        shares = torch.split(safe_softmax(torch.cat(hidden, 3)), [each.shape[3] for each in hidden], 3)
        weights = torch.zeros_like(scores[0])
        for level, share in zip(levels, shares, strict=True):
            of_each = share / level.count[:, None, None].clamp_min(1)
            weights = weights + of_each.repeat_interleave(2**level.height, 3)[..., :n]
        weights = weights * levels[0].count[:, None, None]
        return packing.unpacked(packing.unpacked(weights).mT).mT

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size, block=2 * size.length // part)) for part in (8, 4, 2)]

    def _levels(self, streams: Streams[Tensor], mask: Mask, packing: Packing) -> Iterator[Level]:
        k, v = (packing.packed(mask.readable(x)) for x in (streams.k, streams.v))
        level = Level.single(k, v, packing, self.block)
        yield level
        for _ in range(heights(k.shape[2], self.block)):
            level = level.next()
            yield level
