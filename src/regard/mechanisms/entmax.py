"""Entmax attention: weights that can be exactly zero, from softmax (alpha 1) to sparsemax (alpha 2)."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Self, cast, final

import torch
from entmax import entmax15, entmax_bisect, sparsemax
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.bases.scored import Scored
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.precision import widen
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

    Use it for maps that people read: most weights are exactly 0, and learning goes on.

    alpha: 1 is softmax, 2 is sparsemax (Martins & Astudillo 2016, arXiv 1602.02068). 1, 1.5 and 2 are
        computed exactly, others by bisection.
    learned: learn one alpha per head between 1.01 and 2, starting from `alpha` (adaptively sparse
        attention, Correia et al. 2019, arXiv 1909.00015).
    """

    traits = Traits.of_scores(
        source="Peters et al. 2019, arXiv 1905.05702, α-entmax; Correia et al. 2019, arXiv 1909.00015",
        mass="exactly 1",
        chooses=True,
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
        # a row of nothing but -inf gives 0; one with NaN or +inf gives NaN, as a softmax does: the library's
        # sorting would raise an error
        top = scores.amax(-1, keepdim=True)
        sound, otherwise = top.isfinite(), torch.zeros_like(top).masked_fill(~(top < torch.inf), torch.nan)
        return self._distribution(scores.where(sound, 0)).where(sound, otherwise)

    def flops_per_score(self, m: int) -> int:
        # sort, two running sums, threshold, subtract, clamp, power; or per bisection: subtract, clamp,
        # power, sum
        exact = self.slant is None and self.alpha in (1, 1.5, 2)
        return 6 + math.ceil(math.log2(m + 1)) if exact else 4 * BISECTIONS

    def alphas(self) -> Float[Tensor, "h 1 1"]:
        """The alpha of each head."""
        if self.slant is None:
            return torch.full((self.size.heads, 1, 1), float(self.alpha))
        return SMALLEST_LEARNED + (2 - SMALLEST_LEARNED) * widen(self.slant).sigmoid()

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size, alpha=alpha)) for alpha in (1.5, 1.1, 1.01, NEAREST)]

    def _distribution(self, scores: Float[Tensor, "b h n m"]) -> Float[Tensor, "b h n m"]:
        if self.slant is None and self.alpha == 1:
            return scores.softmax(-1)
        derived = cast(Callable[..., Tensor], _TwiceDifferentiable.apply)
        return derived(scores, self.alphas().to(scores), self._solve)

    def _solve(self, scores: Float[Tensor, "b h n m"], alpha: Float[Tensor, "h 1 1"]) -> Tensor:
        """The weights, by the library."""
        if self.slant is None and self.alpha == 1.5:
            return entmax15(scores, k=SORTED)
        if self.slant is None and self.alpha == 2:
            return sparsemax(scores, k=SORTED)
        # from the largest score: the search begins 1 below it, which is the same number beside 10^8
        return entmax_bisect(scores - scores.amax(-1, keepdim=True), alpha, n_iter=BISECTIONS)


@final
class _TwiceDifferentiable(torch.autograd.Function):
    """Weights p with the derivatives of the two papers, which can be differentiated again.

    With g = p^(2 - alpha) on the support of p and 0 elsewhere: dp/ds = diag(g) - g gT / sum(g) (Peters et
    al., proposition 2), and dp/dalpha as in Correia et al., proposition 1. The library's own gradients divide
    by 0 outside of the support when they are differentiated.
    """

    @staticmethod
    def forward(
        scores: Tensor, alpha: Tensor, solve: Callable[[Tensor, Tensor], Tensor]
    ) -> Float[Tensor, "b h n m"]:
        return solve(scores, alpha)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.save_for_backward(output, inputs[1])

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, Tensor | None, None]:
        p, alpha = ctx.saved_tensors
        read = p > 0
        # 1 outside of the support: a power or a logarithm of 0 has no derivative
        positive = p.where(read, 1)
        g = (positive ** (2 - alpha)).where(read, 0)
        total = g.sum(-1, keepdim=True)
        of_scores = g * slope - (g * slope).sum(-1, keepdim=True) / total * g
        if not ctx.needs_input_grad[1]:
            return of_scores, None, None
        tilted = g / total
        entropy = p * positive.log()
        change = (p - tilted) / (alpha - 1) - (entropy - tilted * entropy.sum(-1, keepdim=True))
        of_alpha = (slope * change / (alpha - 1)).sum_to_size(alpha.shape)
        return of_scores, of_alpha, None


def _slant(alpha: float, heads: int) -> Float[Tensor, "h 1 1"]:
    """What `alphas` turns into alpha, for every head."""
    return torch.full((heads, 1, 1), math.log((alpha - SMALLEST_LEARNED) / (2 - alpha)))
