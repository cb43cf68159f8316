"""Entmax attention: weights that can be exactly zero, from softmax (alpha 1) to sparsemax (alpha 2)."""

import math
from collections.abc import Sequence
from typing import Self, final

import torch
from entmax import entmax15, entmax_bisect, sparsemax
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.scored import Scored
from regard.attention.scores import safe_rows, widen
from regard.attention.size import Size
from regard.attention.traits import Tie, Traits

NEAREST = 1.001
"""The smallest alpha above 1: below it float32 cannot resolve the power 1 / (alpha - 1)."""

SMALLEST_LEARNED = 1.01
"""As in the authors' code: the gradient of alpha divides by (alpha - 1)^2."""

SORTED = 32
"""Scores of a row that are sorted at first; where more are needed the library sorts more."""

BISECTIONS = 50
"""The library's own number of steps, which is below float32's resolution."""


@final
class Entmax(Scored):
    """Weigh keys by the alpha-entmax of the scores: argmax over p of p·s plus Tsallis' alpha-entropy of p.

    alpha: 1 is softmax, 2 is sparsemax (Martins & Astudillo 2016, arXiv 1602.02068). 1, 1.5 and 2 are
        computed exactly, others by bisection.
    learned: learn one alpha per head between 1.01 and 2, starting from `alpha` (adaptively sparse
        attention, Correia et al. 2019, arXiv 1909.00015).
    """

    traits = Traits.of_scores(
        source="Peters et al. 2019, arXiv 1905.05702, α-entmax; Correia et al. 2019, arXiv 1909.00015",
        normalized=True,
        ties=(Tie("softmax", "alpha -> 1", error=1e-2),),
    )

    def __init__(self, size: Size, *, alpha: float = 1.5, learned: bool = False) -> None:
        super().__init__(size)
        self.alpha = alpha
        self.require(
            alpha == 1 or NEAREST <= alpha <= 2,
            f"alpha must be 1 (softmax) or from {NEAREST} to 2 (sparsemax), not {alpha}. "
            f"Choose 1.5 for weights halfway.",
        )
        self.require(
            not learned or SMALLEST_LEARNED < alpha < 2,
            f"a learned alpha must start between {SMALLEST_LEARNED} and 2, not at {alpha}. Choose 1.5.",
        )
        self.slant = nn.Parameter(_slant(alpha, size.heads)) if learned else None

    def normalize(self, scores: Float[Tensor, "b h n m"], mask: Mask) -> Float[Tensor, "b h n m"]:
        # thresholds are differences of running sums: half precision would find the wrong support
        wide = widen(scores)
        # a row with NaN or +inf gives NaN, as a softmax does: the library's sorting would raise an error
        unsound = ~(wide.amax(-1, keepdim=True) < torch.inf)
        rows = safe_rows(self._distribution, wide.masked_fill(unsound, 0))
        return rows.masked_fill(unsound, torch.nan).to(scores.dtype)

    def flops_per_score(self, m: int) -> int:
        # sort, two running sums, threshold, subtract, clamp, power; or per bisection: subtract, clamp,
        # power, sum
        exact = self.slant is None and self.alpha in (1, 1.5, 2)
        return 6 + math.ceil(math.log2(m + 1)) if exact else 4 * BISECTIONS

    def alphas(self) -> Float[Tensor, "h 1 1"]:
        """The alpha of each head."""
        if self.slant is None:
            return torch.full((self.size.heads, 1, 1), self.alpha)
        return (1 + widen(self.slant).sigmoid()).clamp_min(SMALLEST_LEARNED)

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size, alpha=alpha)) for alpha in (1.5, 1.1, 1.01, NEAREST)]

    def _distribution(self, scores: Float[Tensor, "b h n m"]) -> Float[Tensor, "b h n m"]:
        if self.slant is not None:
            return entmax_bisect(scores, self.alphas().to(scores), n_iter=BISECTIONS)
        if self.alpha == 1:
            return scores.softmax(-1)
        if self.alpha == 1.5:
            return entmax15(scores, k=SORTED)
        if self.alpha == 2:
            return sparsemax(scores, k=SORTED)
        return entmax_bisect(scores, self.alpha, n_iter=BISECTIONS)


def _slant(alpha: float, heads: int) -> Float[Tensor, "h 1 1"]:
    """What `1 + sigmoid` turns into alpha, for every head."""
    return torch.full((heads, 1, 1), math.log((alpha - 1) / (2 - alpha)))
