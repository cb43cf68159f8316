"""Keys at several levels: single ones near a query, and the farther away, means of the longer groups."""

from dataclasses import dataclass
from typing import Self, final

import torch
from jaxtyping import Bool, Float, Int64, Shaped
from torch import Tensor
from torch.nn.functional import pad

from regard.attention.kernels.chunks import in_chunks
from regard.attention.kernels.packing import Packing


@final
@dataclass(frozen=True, eq=False)
class Level:
    """Groups of 2^l neighboring keys, in blocks of as many groups as a block has keys at level 0.

    At level 0 a block of queries reads its own block and the two beside it. At every further level, where
    blocks are twice as long, it reads of the two beside its own what it has not read at the level before.
    """

    k: Float[Tensor, "b h groups d"]
    """Means of the readable keys of each group."""
    v: Float[Tensor, "b h groups e"]
    count: Int64[Tensor, "#b groups"]
    """How many keys that are."""
    last: Int64[Tensor, "#b groups"]
    """Where the last of them stands; -1 if there is none."""
    block: int
    """Groups in a block."""
    height: int = 0
    """l."""

    @classmethod
    def single(cls, k: Tensor, v: Tensor, packing: Packing, block: int) -> Self:
        """Level 0, of keys and values as they are packed."""
        real = torch.arange(k.shape[2], device=k.device) < packing.real.unsqueeze(1)
        return cls(k, v, real.long(), packing.places.where(real, -1), block)

    def next(self) -> Self:
        """Pairs of groups, each weighted by how many keys it holds."""
        pairs = -(-self.k.shape[2] // 2)
        count, last = (in_chunks(x[:, None, :, None], pairs, 2) for x in (self.count, self.last))
        total = count.sum(3)
        share = count / total.clamp_min(1).unsqueeze(3)
        k, v = ((in_chunks(x, pairs, 2) * share.to(x.dtype)).sum(3) for x in (self.k, self.v))
        total, last = total[:, 0, :, 0], last.amax(3)[:, 0, :, 0]
        return type(self)(k, v, total, last, self.block, self.height + 1)

    @property
    def length(self) -> int:
        """Queries in a block, and keys."""
        return self.block * 2**self.height

    def spans(self, x: Shaped[Tensor, "b h groups features"], *, causal: bool) -> Shaped[Tensor, "..."]:
        """The groups that each block of queries meets, (b, h, block, groups, features)."""
        blocks = in_chunks(x, -(-x.shape[2] // self.block), self.block)
        before = pad(blocks, (0, 0, 0, 0, 1, -1))
        met = [before, blocks] if self.height == 0 else [before]
        return torch.cat(met if causal else [*met, pad(blocks, (0, 0, 0, 0, -1, 1))], 3)

    def allowed(self, places: Int64[Tensor, "#b n"], *, causal: bool) -> Bool[Tensor, "..."]:
        """Which of these groups each query may read, (b or 1, 1, block, query, group)."""
        count, last = (self.spans(x[:, None, :, None], causal=causal).mT for x in (self.count, self.last))
        allowed = count > 0
        if self.height:
            allowed = allowed & self._unread(places.device)[:, : count.shape[4]]
        if causal:
            # of the queries: a hidden one may stand anywhere behind the others
            stand = in_chunks(places[:, None, :, None], count.shape[2], self.length)
            allowed = allowed & (last <= stand)
        return allowed

    def read(self, places: Int64[Tensor, "#b n"], *, causal: bool) -> Bool[Tensor, "#b 1 n groups"]:
        """Which of all groups each query reads: those whose blocks lie side by side here, and not below."""
        rank = torch.arange(places.shape[1], device=places.device).unsqueeze(1)
        start = torch.arange(self.k.shape[2], device=places.device) * 2**self.height
        read = (start // self.length - rank // self.length).abs() <= 1
        if self.height:
            below = self.length // 2
            read = read & ((start // below - rank // below).abs() > 1)
        read = read & (self.count > 0).unsqueeze(1)
        if causal:
            read = read & (self.last.unsqueeze(1) <= places.unsqueeze(2))
        return read.unsqueeze(1)

    def _unread(self, device: torch.device) -> Bool[Tensor, "length both"]:
        """What the level before has left over: of the block before, and of the one behind, a half or all."""
        query = torch.arange(self.length, device=device).unsqueeze(1) < self.length // 2
        group = torch.arange(self.block, device=device) < self.block // 2
        return torch.cat([~query | group, query | ~group], 1)


def heights(n: int, block: int) -> int:
    """How many levels there are beyond level 0: until a block and those beside it are all that there is."""
    blocks, count = -(-n // block), 0
    while blocks > 2:
        blocks, count = -(-blocks // 2), count + 1
    return count
