"""Hard attention: every query reads one key, drawn in training by its weight."""

from dataclasses import replace
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.scored import Scored
from regard.attention.kernels.scores import safe_softmax
from regard.attention.mask import Mask
from regard.attention.size import Size
from regard.attention.traits import Traits


@final
class Hard(Scored):
    """Read the one key of the largest score q·k / √d + g, where g is Gumbel noise in training and else 0.

    Use it where one key must be chosen and told; expect noisy gradients.

    In training a key is so drawn with the probability that softmax attention gives it, and the gradient is
    that of softmax((s + g) / temperature) (straight-through); in eval mode nothing reaches q and k.

    temperature: the lower, the nearer that gradient is to the choice, and the more it varies.
    """

    traits = replace(
        Traits.of_scores(
            source="Xu et al. 2015, arXiv 1502.03044, section 4.1; Jang et al. 2017, arXiv 1611.01144, eq. 1 "
            "and 2, straight-through",
            mass="exactly 1",
            chooses=True,
        ),
        stochastic=True,
    )

    def __init__(self, size: Size, *, temperature: float = 1.0) -> None:
        super().__init__(size)
        self.temperature = temperature
        self.require(temperature > 0, f"temperature must be larger than 0, not {temperature}. Choose 1.")

    def normalize(self, scores: Float[Tensor, "b h n m"], mask: Mask) -> Float[Tensor, "b h n m"]:
        if not self.training:
            return _largest(scores)
        drawn = scores - torch.empty_like(scores).exponential_().log()
        soft = safe_softmax(drawn / self.temperature, mask)
        return _largest(drawn) + (soft - soft.detach())

    def flops_per_score(self, m: int) -> int:
        # comparison
        return 1


def _largest(scores: Float[Tensor, "b h n m"]) -> Float[Tensor, "b h n m"]:
    """1 at the largest score of each row, the first of equal ones; 0 in a row of nothing but -inf."""
    top, place = scores.max(-1, keepdim=True)
    chosen = torch.zeros_like(scores).scatter(-1, place, 1.0)
    return chosen.masked_fill(top == -torch.inf, 0)
