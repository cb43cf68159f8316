"""The control that learns nothing: a random map of positions, frozen as it was drawn."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Self, final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.synthesized import Synthesized
from regard.attention.mechanism import Near
from regard.attention.precision import widen
from regard.attention.size import Size
from regard.attention.traits import Tie, Traits


@final
class FixedRandom(Synthesized):
    """Read value j from position i in proportion to exp(R_ij), where R is drawn once, one for each head.

    Use it as a control: what it reaches needs mixing of positions, and no choice.

    What does no better has learned a map that is worth no more than chance. Entries of R are N(0, spread²):
    the larger the `spread`, the fewer keys a query reads.
    """

    traits = replace(
        Traits.of_scores(
            source="control; Tay et al. 2021, Synthesizer, arXiv 2005.00743, section 3, fixed random",
            mass="exactly 1",
            rotary=False,
            ties=(Tie("uniform", "spread = 0"),),
        ).without("segments", "grouped", "equivariant"),
        fixed_length=True,
        stochastic=True,
    )
    map: Float[Tensor, "h length length"]

    def __init__(self, size: Size, *, spread: float = 1.0) -> None:
        super().__init__(size)
        self.require(spread >= 0, f"spread must not be negative, but is {spread}.")
        self.spread = spread
        self.register_buffer("map", self._drawn())

    def redraw(self, rng: torch.Generator) -> None:
        """Replace the map, which `state_dict` saves, by a fresh one."""
        self.map = self._drawn(rng).to(self.map)

    def score(self, q: Float[Tensor, "b h n _"], start: int, m: int) -> Float[Tensor, "1 h n m"]:
        return widen(self.map[None, :, start : start + q.shape[2], :m])

    def scoring_cost(self, n: int, m: int) -> tuple[int, int]:
        return 0, 0

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size, spread=spread)) for spread in (1.0, 0.1, 0.0)]

    def _drawn(self, rng: torch.Generator | None = None) -> Float[Tensor, "h length length"]:
        size = self.size
        return self.spread * torch.randn(size.h, size.length, size.length, generator=rng)
