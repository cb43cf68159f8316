"""Big Bird: blocks of queries read their neighbors, the first blocks, and a few blocks at random."""

import math
from collections.abc import Sequence
from typing import Self, final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from regard.attention.cost import Cost
from regard.attention.kernels.chunks import in_chunks
from regard.attention.kernels.packing import Packing
from regard.attention.kernels.pieces import read_pieces
from regard.attention.kernels.scores import masked_scores, safe_softmax, scores_of
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism, Near
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits

FINE = 2**20
"""In how many steps a random number lies between 0 and 1: whole numbers are the same in every precision."""


@final
class Bigbird(Mechanism):
    """Softmax over the own block, `window` blocks on each side, the first blocks and some at random.

    Use it for long documents read both ways, in which some positions must reach all others.

    The first blocks are global: they read all, and all read them. Each head and block draws its random
    blocks when the mechanism is built, one from each of as many equal parts of the blocks that it does not
    read yet, taken around as a ring. Blocks are cut from the readable positions, so that padding moves
    nothing; which blocks are drawn depends on how many there are.

    block: positions in a block.
    window: blocks on each side.
    first: global blocks (internal transformer construction).
    random: random blocks.
    """

    traits = Traits(
        source="Zaheer et al. 2020, arXiv 2007.14062, section 2 and appendix D, BigBird-ITC",
        time="n w",
        memory="n w",
        padding=True,
        rotary=True,
        mass="exactly 1",
        equivariant=False,
        stochastic=True,
        ties=(Tie("softmax", "block >= n"),),
    )
    draws: Int64[Tensor, "h blocks random"]

    def __init__(
        self, size: Size, *, block: int = 8, window: int = 1, first: int = 1, random: int = 2
    ) -> None:
        super().__init__(size)
        self.block, self.window, self.first, self.random = block, window, first, random
        self.require_positive(block=block)
        for name, given in (("window", window), ("first", first), ("random", random)):
            self.require(
                0 <= given <= 2**16, f"{name} must be from 0, for none, to {2**16:,}, not {given:,}."
            )
        blocks = math.ceil(size.length / block)
        self.register_buffer("draws", torch.randint(FINE, (size.h, blocks, random)))

    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        packing, n = Packing.of(mask, streams.q), streams.q.shape[2]
        q, k, v = (packing.packed(x) for x in (streams.q, mask.readable(streams.k), mask.readable(streams.v)))
        queries, keys, values = (in_chunks(x, math.ceil(n / self.block), self.block) for x in (q, k, v))
        blocks = self._blocks(packing, keys.shape[2])
        mixed = read_pieces(
            queries, _taken(keys, blocks), _taken(values, blocks), self._allowed(packing, blocks), self.size
        )
        first = q[:, :, : self.first * self.block].unsqueeze(2)
        real = (torch.arange(n, device=q.device) < packing.real.unsqueeze(1))[:, None, None, None, :]
        everything = read_pieces(first, k.unsqueeze(2), v.unsqueeze(2), real, self.size).squeeze(2)
        rest = mixed.flatten(2, 3)[:, :, everything.shape[2] : n]
        return packing.unpacked(torch.cat([everything, rest], 2))

    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n n"]:
        packing, n = Packing.of(mask, streams.q), streams.q.shape[2]
        count = math.ceil(n / self.block)
        blocks = self._blocks(packing, count)
        read = torch.zeros(*blocks.shape[:3], count + 1, dtype=torch.bool, device=blocks.device)
        read = read.scatter(3, blocks.where(blocks >= 0, count), True)[..., :count]
        read[:, :, : self.first] = True
        pairs = read.repeat_interleave(self.block, 2).repeat_interleave(self.block, 3)[:, :, :n, :n]
        pairs = packing.unpacked(pairs.expand(len(streams.q), -1, -1, -1))
        pairs = packing.unpacked(pairs.mT).mT
        scores = masked_scores(scores_of(streams.q, mask.readable(streams.k), self.size), mask)
        return safe_softmax(scores.masked_fill(~pairs, -torch.inf)).to(streams.v.dtype)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, count = self.size.h, self.size.d, self.size.e, math.ceil(n / self.block)
        each = self.block * (min(self.first, count) + 2 * self.window + 1 + self.random)
        scores = h * (count * self.block * each + min(self.first * self.block, n) * n)
        return Cost(
            matmul_flops=2 * scores * (d + e),
            # maximum, subtract, exp, sum, divide; the scale of q
            other_flops=5 * scores + h * n * d,
            state_numbers=h * m * (d + e),
        )

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size, block=size.length))]

    def _blocks(self, packing: Packing, count: int) -> Int64[Tensor, "#b h block some"]:
        """The blocks that each block reads, each once; -1 for none."""
        device = packing.places.device
        own = torch.arange(count, device=device)
        first = torch.arange(min(self.first, count), device=device).expand(count, -1)
        near = own.unsqueeze(1) + torch.arange(-self.window, self.window + 1, device=device)
        near = near.where((near >= self.first) & (near < count), -1)
        random = self._random(own, packing)
        sure = torch.cat([first, near], 1).expand(*random.shape[:3], -1)
        return torch.cat([sure, random], 3)

    def _random(self, own: Int64[Tensor, " block"], packing: Packing) -> Int64[Tensor, "#b h block random"]:
        """Those drawn, from parts of the ring of all blocks that are not global, behind the neighbors."""
        ring = (-(-packing.real // self.block) - self.first).clamp_min(1)[:, None, None, None]
        others = (ring - 2 * self.window - 1).clamp_min(0)
        draws = self.draws[:, own % self.draws.shape[1]]
        part = torch.arange(self.random, device=own.device) * FINE
        step = (part + draws) * others // max(self.random * FINE, 1)
        # of few blocks some are drawn twice, one behind the other
        again = torch.zeros_like(step, dtype=torch.bool)
        again[..., 1:] = step[..., 1:] == step[..., :-1]
        drawn = (own[:, None] - self.first + self.window + 1 + step) % ring + self.first
        return drawn.where(~again & (others > 0), -1)

    def _allowed(self, packing: Packing, blocks: Int64[Tensor, "#b h block some"]) -> Bool[Tensor, "..."]:
        """Which keys of the blocks that are read are there and real, as (b or 1, h, block, 1, keys)."""
        rank = blocks.unsqueeze(4) * self.block + torch.arange(self.block, device=blocks.device)
        real = rank < packing.real[:, None, None, None, None]
        return (real & (blocks >= 0).unsqueeze(4)).flatten(3).unsqueeze(3)


def _taken(
    x: Float[Tensor, "b h blocks length features"], blocks: Int64[Tensor, "#b h block some"]
) -> Float[Tensor, "b h block keys features"]:
    """The keys, or values, of the blocks that each block reads."""
    b, h, _, length, features = x.shape
    _, _, count, some = blocks.shape
    index = blocks.clamp_min(0).reshape(-1, h, count * some, 1, 1).expand(b, -1, -1, length, features)
    return x.gather(2, index).reshape(b, h, count, some * length, features)
