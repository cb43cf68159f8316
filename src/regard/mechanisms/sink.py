"""Attention with a sink: a learned score beside those of the keys, at which there is nothing to read."""

from collections.abc import Sequence
from typing import Self, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.precision import widen
from regard.attention.scored import Scored
from regard.attention.size import Size
from regard.attention.traits import Tie, Traits

SHUT = -1e4
"""A score of the sink that leaves nothing to it."""


@final
class Sink(Scored):
    """Softmax over the keys and one more score z, whose value is 0: weights sum to less than 1.

    One z is learned for each head, from 0 on: there it is "softmax plus one" (Miller 2023). The larger z, the
    less a query need read where no key fits.
    """

    traits = Traits.of_scores(
        source="OpenAI 2025, gpt-oss model card, arXiv 2508.10925; Miller 2023, Attention Is Off By One",
        mass="at most 1",
        ties=(Tie("softmax", "z -> -inf"),),
    )

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.logit = nn.Parameter(torch.zeros(size.h, 1, 1))

    def normalize(self, scores: Float[Tensor, "b h n m"], mask: Mask) -> Float[Tensor, "b h n m"]:
        sink = widen(self.logit).to(scores.dtype).expand(*scores.shape[:3], 1)
        # with the sink a row is never empty
        return torch.cat([scores, sink], -1).softmax(-1)[..., :-1]

    def flops_per_score(self, m: int) -> int:
        # maximum, subtract, exp, sum, divide
        return 5

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls._at(size, logit)) for logit in (0.0, -5.0, SHUT)]

    @classmethod
    def _at(cls, size: Size, logit: float) -> Self:
        mechanism = cls(size)
        nn.init.constant_(mechanism.logit, logit)
        return mechanism
