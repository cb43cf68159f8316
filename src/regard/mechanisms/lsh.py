"""Attention by locality-sensitive hashing (Reformer): a query reads what falls into the same bucket."""

from typing import Any, final

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import normalize

from regard.attention.bases.chosen import Chosen
from regard.attention.kernels.chosen_keys import Choice
from regard.attention.mask import Mask
from regard.attention.size import Size
from regard.attention.streams import Stream, Streams
from regard.attention.traits import Traits

MOST_ROUNDS = 64
"""The paper has 8 at most."""


@final
class Lsh(Chosen):
    """Softmax over the keys in the bucket of the query, where keys are queries divided by their length.

    Use it for long sequences in which each query needs few keys, those most like it.

    A vector x falls into the bucket argmax [x R, -x R] of `buckets` for a random matrix R. There are `rounds`
    of these, and a query reads what shares a bucket with it in any. A bucket is cut into chunks of `chunk`
    positions in their order; a query reads those of its own chunk and of the one before. Itself it reads only
    where there is nothing else. R is drawn for each head when the mechanism is built, so that calls agree.

    The paper cuts all buckets at once, one after the other. Then the number of later positions in a bucket
    would decide what earlier queries read in the next: here each bucket has chunks of its own.
    """

    traits = Traits(
        source="Kitaev et al. 2020, Reformer, arXiv 2001.04451, section 2, eqs. 5 to 7",
        time="n",
        memory="n",
        causal=True,
        padding=True,
        streaming=True,
        mass="exactly 1",
        chooses=True,
        equivariant=False,
        stochastic=True,
    )

    rotations: Tensor

    def __init__(self, size: Size, *, buckets: int = 8, chunk: int = 8, rounds: int = 2) -> None:
        super().__init__(size)
        self.buckets, self.chunk, self.rounds = buckets, chunk, rounds
        self.require(
            buckets >= 2 and not buckets % 2,
            f"buckets must be an even number, not {buckets}. Each direction gives two.",
        )
        self.require_positive(chunk=chunk)
        self.require(1 <= rounds <= MOST_ROUNDS, f"rounds must be between 1 and {MOST_ROUNDS}, not {rounds}.")
        most = 2 * size.length
        self.require(buckets <= most, f"buckets must be at most {most}, twice the length, not {buckets}.")
        self.register_buffer("rotations", torch.randn(size.h, rounds, size.d, buckets // 2))

    def streams(self) -> Streams[Any]:
        return Streams(q=Stream(self.size.d, of="keys"), v=self.size.e)

    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        q = mask.readable(streams.q)
        return Streams(q=q[:, :, mask.start :], k=normalize(q, dim=-1), v=streams.v)

    def choose(self, streams: Streams[Tensor], mask: Mask) -> Choice:
        at = self._neighbors(self._bucket(streams.k, mask), mask)
        m, places = streams.k.shape[2], torch.arange(mask.start, streams.k.shape[2], device=at.device)
        if mask.causal:
            at = at.masked_fill(at > places[:, None], m)
        at = at.sort(-1).values
        # what several rounds find is read once, and the query itself where nothing else is found
        again = torch.zeros_like(at, dtype=torch.bool)
        again[..., 1:] = at[..., 1:] == at[..., :-1]
        there, other = (at < m) & ~again, at != places[:, None]
        there &= other | ~(there & other).any(-1, keepdim=True)
        return Choice(at.clamp(max=m - 1), there)

    def chosen_keys(self, m: int) -> int:
        return self._read()

    def choosing_matmul_flops(self, n: int, m: int) -> int:
        return self.size.h * self.rounds * m * self.size.d * self.buckets

    def choosing_flops(self, n: int, m: int) -> int:
        # the length of a key; the larger side of every direction
        return self.size.h * m * (4 * self.size.d + self.rounds * 2 * self.buckets)

    def _read(self) -> int:
        """Keys that a query finds in all rounds, those included that it may not read."""
        return self.rounds * 2 * self.chunk

    def _bucket(self, k: Float[Tensor, "b h m d"], mask: Mask) -> Int64[Tensor, "b h rounds m"]:
        """The bucket of every key; hidden keys lie in one of their own."""
        turned = k.unsqueeze(2) @ self.rotations.to(k)
        bucket = torch.cat([turned, -turned], -1).argmax(-1)
        return bucket if mask.keys is None else bucket.masked_fill(~mask.keys[:, None, None, :], self.buckets)

    def _neighbors(self, bucket: Int64[Tensor, "b h rounds m"], mask: Mask) -> Int64[Tensor, "b h n r"]:
        """The positions in two chunks of each query's bucket, in every round; m where there is none."""
        m, own = bucket.shape[3], bucket[..., mask.start :].contiguous()
        ordered, order = bucket.sort(dim=-1, stable=True)
        first, stop = (torch.searchsorted(ordered, own, right=right) for right in (False, True))
        rank = order.argsort(-1)[..., mask.start :] - first
        steps = torch.arange(-self.chunk, self.chunk, device=bucket.device)
        slots = (first + rank // self.chunk * self.chunk).unsqueeze(-1) + steps
        inside = (slots >= first.unsqueeze(-1)) & (slots < stop.unsqueeze(-1))
        inside &= (own < self.buckets).unsqueeze(-1)
        at = order.gather(3, slots.clamp(0, m - 1).flatten(3)).reshape(slots.shape).masked_fill(~inside, m)
        return at.transpose(2, 3).flatten(3)
