"""Which heads of two models read alike: never head 3 beside head 3."""

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from scipy.optimize import linear_sum_assignment
from torch import Tensor


@final
@dataclass(frozen=True)
class Match:
    """A head of one model and the head of the other that stands for it."""

    head: int
    other: int
    distance: float
    """Jensen-Shannon distance of their maps, a mean over examples and queries: from 0 to 1."""


def matched_heads(p: Float[Tensor, "b h n m"], others: Float[Tensor, "b h2 n m"]) -> tuple[Match, ...]:
    """The pairs with the least distance in all (Hungarian algorithm), in the order of the first heads.

    p, others: maps of the same examples, whose rows sum to 1. Of two numbers of heads the smaller is matched.
    """
    apart = torch.stack(
        [torch.stack([shannon_distance(one, other) for other in others.unbind(1)]) for one in p.unbind(1)]
    )
    pairs = zip(*linear_sum_assignment(apart.cpu().numpy()), strict=True)
    return tuple(Match(int(i), int(j), float(apart[i, j])) for i, j in pairs)


def shannon_distance(p: Float[Tensor, "*any m"], q: Float[Tensor, "*any m"]) -> Float[Tensor, ""]:
    """The root of the Jensen-Shannon divergence in bits, a mean over rows (Endres and Schindelin 2003)."""
    middle = torch.special.entr((p + q) / 2) - (torch.special.entr(p) + torch.special.entr(q)) / 2
    return (middle.sum(-1).clamp_min(0) / torch.log(torch.tensor(2.0))).sqrt().mean()
