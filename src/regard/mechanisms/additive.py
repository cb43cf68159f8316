"""Additive attention: a small network scores each pair of a query and a key."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from regard.attention.bases.scored import Scored
from regard.attention.kernels.scores import masked_scores, per_head, safe_softmax
from regard.attention.mask import Mask
from regard.attention.precision import widen, without_autocast
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Traits

BLOCK = 16
"""Queries that are scored at once: d numbers are held for each of their pairs, and no longer."""


@final
class Additive(Scored):
    """Softmax of wᵀ tanh(q + k), where one w is learned for each head, from 1 / √d everywhere on.

    Use it to set the first attention beside the later ones; its scores take d times the element-wise work.

    The projections that make q and k are the W and U of the paper. In the backward pass the hidden layer is
    computed again, block by block.
    """

    traits = Traits.of_scores(
        source="Bahdanau et al. 2015, arXiv 1409.0473, section 3.1 and appendix A.1.2",
        mass="exactly 1",
        rotary=False,
    )

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.vector = nn.Parameter(torch.full((size.h, size.d, 1), size.d**-0.5))

    def score(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        q, k = widen(streams.q), widen(per_head(mask.readable(streams.k), self.size.h))
        vector = widen(self.vector).to(q.dtype)
        recorded = torch.is_grad_enabled()
        with without_autocast(q.device):
            blocks = [
                checkpoint(_scores, block, k, vector, use_reentrant=False)
                if recorded
                else _scores(block, k, vector)
                for block in torch.split(q, BLOCK, 2)
            ]
        return masked_scores(torch.cat(blocks, 2), mask)

    def normalize(self, scores: Float[Tensor, "b h n m"], mask: Mask) -> Float[Tensor, "b h n m"]:
        return safe_softmax(scores, mask)

    def flops_per_score(self, m: int) -> int:
        # add and tanh; maximum, subtract, exp, sum, divide
        return 2 * self.size.d + 5

    def preparing_flops(self, n: int, m: int) -> int:
        return 0


def _scores(
    q: Float[Tensor, "b h block d"], k: Float[Tensor, "b h m d"], vector: Float[Tensor, "h d 1"]
) -> Float[Tensor, "b h block m"]:
    hidden = (q.unsqueeze(3) + k.unsqueeze(2)).tanh()
    return (hidden.flatten(2, 3) @ vector).view(hidden.shape[:-1])
