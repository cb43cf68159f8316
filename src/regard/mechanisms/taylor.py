"""Based: linear attention by the first terms of the exponential's Taylor series."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.featured import Featured
from regard.attention.size import Size
from regard.attention.traits import Traits


@final
class Taylor(Featured):
    """Read each allowed key in proportion to 1 + s + s²/2, where s = q·k / √d: near to exp(s) for small s.

    Use it for lookups in linear time with keys of few features.

    The weight is at least 1/2, and a product of features φ: 1, all x_i and all products x_i x_j, after
    division by d^(1/4). Products occur once (x_i x_j is x_j x_i), so there are 1 + d + d(d + 1)/2 of them:
    the paper reads with few features, d = 16.
    """

    traits = Traits(
        source="Arora et al. 2024, Based, arXiv 2402.18668, section 4.1",
        time="n r",
        memory="n r",
        causal=True,
        cross=True,
        padding=True,
        start=True,
        rotary=True,
        streaming=True,
        mass="exactly 1",
    )
    # a row that reads anything has a mass of at least 1/2
    floor = 0.25

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.features = 1 + size.d + size.d * (size.d + 1) // 2

    def map_queries(self, q: Float[Tensor, "b h n d"], start: int) -> Float[Tensor, "b h n r"]:
        return self._powers(q)

    def map_keys(self, k: Float[Tensor, "b h m d"]) -> Float[Tensor, "b h m r"]:
        return self._powers(k)

    def mapping_flops(self, n: int, m: int) -> int:
        # a product and its factor
        return 2 * (n + m) * self.features

    def _powers(self, x: Float[Tensor, "b h m d"]) -> Float[Tensor, "b h m r"]:
        # half of the scale of the scores on each side
        x = x * self.size.temperature**-0.5
        # s² holds each square once and each other product twice; features that stand `apart` meet at once
        squares = x * x * 0.5**0.5
        products = (x[..., :-apart] * x[..., apart:] for apart in range(1, self.size.d))
        return torch.cat([torch.ones_like(x[..., :1]), x, squares, *products], -1)
