"""Stick-breaking attention: from the last key back, each takes a share of what those after it have left."""

from dataclasses import replace
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import logsigmoid, pad

from regard.attention.bases.scored import Scored
from regard.attention.mask import Mask
from regard.attention.size import Size
from regard.attention.traits import Traits


@final
class StickBreaking(Scored):
    """Read key j with weight σ(s_ij) ∏ (1 - σ(s_il)) over all keys l > j that query i may read, s = q·k / √d.

    Use it in place of softmax with positions for causal text, where the nearest match should win.

    A causal query so asks the nearest key first, and needs no other positions. Keys that the mask hides take
    nothing, and neither does the own position. What is left at the end is read nowhere: the first causal
    query reads nothing.

    own: whether a query reads its own position as well.
    """

    traits = Traits.of_scores(
        source="Tan et al. 2024, arXiv 2410.17980, section 2", mass="at most 1"
    ).without("cross", "start", "reads_itself", "equivariant")

    def __init__(self, size: Size, *, own: bool = False) -> None:
        super().__init__(size)
        self.own = own
        self.traits = replace(self.traits, reads_itself=own)

    def normalize(self, scores: Float[Tensor, "b h n m"], mask: Mask) -> Float[Tensor, "b h n m"]:
        hidden = scores == -torch.inf
        if not self.own:
            hidden = hidden | (mask.offsets(scores.shape[2], scores.shape[3], scores.device) == 0)
        scores = scores.masked_fill(hidden, 0)
        left = logsigmoid(-scores).masked_fill(hidden, 0)
        # of all later keys, without the key itself: subtracting it afterward would cancel
        after = pad(left, (0, 1))[..., 1:].flip(-1).cumsum(-1).flip(-1)
        return (logsigmoid(scores) + after).exp().masked_fill(hidden, 0)

    def flops_per_score(self, m: int) -> int:
        # two logarithms of a sigmoid, sum, add, exp
        return 5
