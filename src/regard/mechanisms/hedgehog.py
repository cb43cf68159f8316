"""Hedgehog: linear attention by features that are learned, spiky as those of softmax attention."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.bases.log_featured import LogFeatured
from regard.attention.precision import widen
from regard.attention.size import Size
from regard.attention.traits import Traits


@final
class Hedgehog(LogFeatured):
    """Read each allowed key in proportion to φ(q)·φ(k), where φ(x) = softmax([W x, -W x]) over 2d features.

    Use it to turn a trained softmax model into one of linear time.

    Each head learns a W for its queries and one for its keys, from the identity on. Both signs keep what
    a rectifier would lose. Features are kept as logarithms: exact at any scale of q and k.

    The paper first trains W alone until the weights mimic those of a softmax layer: an objective that
    compares `weights` with a teacher's does that.
    """

    traits = Traits(
        source="Zhang et al. 2024, arXiv 2402.04347, section 4",
        time="n",
        memory="n",
        causal=True,
        cross=True,
        padding=True,
        start=True,
        streaming=True,
        mass="exactly 1",
    )

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.features = 2 * size.d
        self.queries = nn.Parameter(torch.eye(size.d).repeat(size.h, 1, 1))
        self.keys = nn.Parameter(torch.eye(size.d).repeat(size.h, 1, 1))

    def map_queries(self, q: Float[Tensor, "b h n d"]) -> Float[Tensor, "b h n r"]:
        # what softmax divides by is the same for all features of a query
        return _both_signs(q, self.queries)

    def map_keys(self, k: Float[Tensor, "b h m d"]) -> Float[Tensor, "b h m r"]:
        return _both_signs(k, self.keys).log_softmax(-1)

    def mapping_cost(self, n: int, m: int) -> tuple[int, int]:
        d = self.size.d
        # signs; maximum, subtract, exp, sum, subtract
        return 2 * (n + m) * d * d, n * d + 11 * m * d


def _both_signs(x: Float[Tensor, "b h m d"], projection: Tensor) -> Float[Tensor, "b h m r"]:
    mapped = x @ widen(projection).to(x.dtype).mT
    return torch.cat([mapped, -mapped], -1)
