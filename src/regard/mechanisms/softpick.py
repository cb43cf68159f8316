"""Softpick: a softmax that may read nothing, so that no key has to serve as a sink."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.scored import Scored
from regard.attention.mask import Mask
from regard.attention.traits import Traits

SMALL = 1e-6
"""Added to the sum before the division, as in the paper."""


@final
class Softpick(Scored):
    """Read each key in proportion to relu(exp(s) - 1), where s = q·k / √d, over the sum of |exp(s) - 1|.

    Use it for maps with exact zeros and no sink, at short and middle lengths.

    Keys of negative score are not read, but weaken the others; a row of nothing but negative scores reads
    nothing.
    """

    traits = Traits.of_scores(
        source="Zuhri et al. 2025, arXiv 2504.20966, eq. 4 and 5", chooses=True, mass="at most 1"
    )

    def normalize(self, scores: Float[Tensor, "b h n m"], mask: Mask) -> Float[Tensor, "b h n m"]:
        hidden = scores == -torch.inf
        # relative to the largest score or 0, whichever is larger: no exponent is positive
        top = scores.detach().amax(-1, keepdim=True).clamp_min(0)
        one = (-top).exp()
        risen = ((scores.masked_fill(hidden, 0) - top).exp() - one).masked_fill(hidden, 0)
        return risen.relu() / (risen.abs().sum(-1, keepdim=True) + SMALL * one)

    def flops_per_score(self, m: int) -> int:
        # maximum, subtract, exp, subtract, relu, absolute, sum, divide
        return 8
