"""The dense Synthesizer: a query alone says where it reads, whatever stands there."""

import math
from dataclasses import replace
from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.bases.synthesized import Synthesized
from regard.attention.precision import widen, without_autocast
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Traits


@final
class Synthesizer(Synthesized):
    """Read value j in proportion to exp(s_j), where s = W₂ relu(W₁ q + b₁) + b₂ scores every place.

    Use it to find out whether a task needs queries and keys at all.

    Each head has such a network of its own. With `factored=True` it gives a + b numbers in place of a b, for
    a length of a b at most, and s_(ib+j) is the product of number i of the one part and j of the other. What
    its authors call the random synthesizer is `positional`.
    """

    traits = replace(
        Traits.of_scores(
            source="Tay et al. 2021, arXiv 2005.00743, section 3, dense and factorized dense synthesizer",
            mass="exactly 1",
            rotary=False,
        ).without("segments", "grouped", "equivariant"),
        fixed_length=True,
        stochastic=True,
    )

    def __init__(self, size: Size, *, factored: bool = False) -> None:
        super().__init__(size)
        h, d, places = size.h, size.d, size.length
        self.factored = factored
        self.rows = math.isqrt(places - 1) + 1
        self.columns = -(-places // self.rows)
        outputs = self.rows + self.columns if factored else places
        self.hidden = nn.Parameter(torch.randn(h, d, d) * (2 / d) ** 0.5)
        self.hidden_bias = nn.Parameter(torch.zeros(h, 1, d))
        self.outer = nn.Parameter(torch.randn(h, d, outputs) * d**-0.5)
        self.outer_bias = nn.Parameter(torch.zeros(h, 1, outputs))

    def streams(self) -> Streams[Any]:
        return Streams(q=self.size.d, v=self.size.e)

    def score(self, q: Float[Tensor, "b h n d"], start: int, m: int) -> Float[Tensor, "b h n m"]:
        with without_autocast(q.device):
            hidden = (q @ widen(self.hidden) + widen(self.hidden_bias)).relu()
            if not self.factored:
                return hidden @ widen(self.outer[..., :m]) + widen(self.outer_bias[..., :m])
            parts = hidden @ widen(self.outer) + widen(self.outer_bias)
        of_row, of_column = torch.split(parts, [self.rows, self.columns], -1)
        return (of_row.unsqueeze(-1) * of_column.unsqueeze(-2)).flatten(3)[..., :m]

    def scoring_cost(self, n: int, m: int) -> tuple[int, int]:
        d, outputs = self.size.d, self.rows + self.columns if self.factored else m
        made = self.rows * self.columns if self.factored else 0
        # bias and rectifier; the outer bias; the products of both parts
        return 2 * n * d * (d + outputs), n * (2 * d + outputs + made)
