"""Talking-heads attention: scores and weights of all heads are mixed, before and after the softmax."""

from collections.abc import Sequence
from typing import Self, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.bases.scored import Scored
from regard.attention.kernels.scores import masked_scores, per_head, safe_softmax, scores_of
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.precision import widen, without_autocast
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits


@final
class TalkingHeads(Scored):
    """P softmax(L q·k / √d) v, where L and P are learned and mix the h heads of every pair.

    Use it where heads are few and their maps may be kept in memory.

    Both start as the identity, at which it is softmax attention. A bias is added to mixed scores. Weights
    may be negative.
    """

    traits = Traits.of_scores(
        source="Shazeer et al. 2020, arXiv 2003.02436, section 3",
        ties=(Tie("softmax", "L = P = I"),),
    )

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.before = nn.Parameter(torch.eye(size.h))
        self.after = nn.Parameter(torch.eye(size.h))

    def score(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        scores = scores_of(streams.q, per_head(mask.readable(streams.k), self.size.h), self.size)
        return masked_scores(_mixed(self.before, scores), mask)

    def normalize(self, scores: Float[Tensor, "b h n m"], mask: Mask) -> Float[Tensor, "b h n m"]:
        return _mixed(self.after, safe_softmax(scores, mask))

    def flops_per_score(self, m: int) -> int:
        # maximum, subtract, exp, sum, divide
        return 5

    def preparing_matmul_flops(self, n: int, m: int) -> int:
        return 4 * self.size.h**2 * n * m

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size))]


def _mixed(heads: Float[Tensor, "h h"], scores: Float[Tensor, "b h n m"]) -> Float[Tensor, "b h n m"]:
    with without_autocast(scores.device):
        return (widen(heads).to(scores.dtype) @ scores.flatten(2)).view_as(scores)
