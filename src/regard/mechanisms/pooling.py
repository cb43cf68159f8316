"""Pooling by attention: one learned query for each head, whatever the sequence's own queries are."""

from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.bases.log_featured import LogFeatured
from regard.attention.precision import widen
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Traits


@final
class Pooling(LogFeatured):
    """Read each allowed key in proportion to exp(s·k / √d), where s is learned and the same for all queries.

    Use it to learn which positions matter to all queries alike.

    Content says what is worth reading, but not for whom: all queries get the same, or as a causal read the
    same as others would at their place. The seeds s are drawn from N(0, 1), one for each head. With other
    blocks around it this is pooling by multi-head attention with one seed; with more of them, which are then
    read in turn, it is `induced`. A weight is a function of its key alone, so one running sum is enough.
    """

    traits = Traits(
        source="Lee et al. 2019, Set Transformer, arXiv 1810.00825, section 3.2, pooling by attention",
        time="n",
        memory="n",
        causal=True,
        cross=True,
        padding=True,
        start=True,
        streaming=True,
        mass="exactly 1",
        stochastic=True,
    )
    features = 1

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.seeds = nn.Parameter(torch.randn(size.h, size.d, 1))

    def streams(self) -> Streams[Any]:
        # of a query only its place matters
        return Streams(q=0, k=self.size.d, v=self.size.e)

    def map_queries(self, q: Float[Tensor, "b h n _"]) -> Float[Tensor, "b h n 1"]:
        return q.new_zeros(*q.shape[:3], 1)

    def map_keys(self, k: Float[Tensor, "b h m d"]) -> Float[Tensor, "b h m 1"]:
        return k @ (widen(self.seeds).to(k.dtype) / self.size.temperature)

    def mapping_cost(self, n: int, m: int) -> tuple[int, int]:
        return 2 * m * self.size.d, self.size.d
