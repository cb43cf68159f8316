"""The control that knows positions alone: a learned map, whatever stands there."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Self, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.bases.synthesized import Synthesized
from regard.attention.mechanism import Near
from regard.attention.precision import widen
from regard.attention.size import Size
from regard.attention.traits import Tie, Traits


@final
class Positional(Synthesized):
    """Read value j from position i in proportion to exp(R_ij), where R is learned, one for each head.

    Use it as a control: it looks by place alone.

    What does no better has learned nothing from content. It is what the Synthesizer's authors call the random
    synthesizer, from R of N(0, 1) on. With a `rank` k, R is a product of two factors of length x k numbers:
    their factorized one, from entries of variance 1 as well.
    """

    traits = replace(
        Traits.of_scores(
            source="control; Tay et al. 2021, Synthesizer, arXiv 2005.00743, section 3, random synthesizer",
            mass="exactly 1",
            rotary=False,
            ties=(Tie("uniform", "R = 0"),),
        ).without("segments", "grouped", "equivariant"),
        fixed_length=True,
        stochastic=True,
    )

    def __init__(self, size: Size, *, rank: int | None = None) -> None:
        super().__init__(size)
        self.require(rank is None or 1 <= rank <= 2**16, f"rank must be from 1 to {2**16:,}, not {rank}.")
        self.rank, places = rank, size.length
        if rank is None:
            self.map = nn.Parameter(torch.randn(size.h, places, places))
        else:
            self.rows = nn.Parameter(torch.randn(size.h, places, rank) * rank**-0.25)
            self.columns = nn.Parameter(torch.randn(size.h, places, rank) * rank**-0.25)

    def score(self, q: Float[Tensor, "b h n _"], start: int, m: int) -> Float[Tensor, "1 h n m"]:
        places = slice(start, start + q.shape[2])
        if self.rank is None:
            return widen(self.map[None, :, places, :m])
        return widen(self.rows[None, :, places]) @ widen(self.columns[:, :m]).mT

    def scoring_cost(self, n: int, m: int) -> tuple[int, int]:
        return 2 * n * m * (self.rank or 0), 0

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        level = cls(size)
        nn.init.zeros_(level.map)
        return [Near(level)]
