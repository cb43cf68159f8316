"""C: how much of what a layer adds to a position comes from which value."""

import torch
from jaxtyping import Float
from torch import Tensor

from regard.maps.attended import Attended
from regard.maps.operator import Operator

ROWS = 64
"""Queries that are looked at at once where each has a way of its own into the output."""


@torch.no_grad()
def contribution(call: Attended, operator: Operator) -> Float[Tensor, "b h n m"]:
    """|A_ij v_j W| for every head, where W is that head's way into the output of the layer.

    Source: Kobayashi et al. 2020, arXiv 2004.10102, eq. 3, with the gate and the norm of the layer in W.
    """
    v, ways = call.call.values, call.ways
    v = v.repeat_interleave(operator.matrix.shape[1] // v.shape[1], 1)
    squares = [_squares(v, some) for some in torch.split(ways, ROWS, 2)]
    return operator.matrix.abs() * torch.cat(squares, 2).clamp_min(0).sqrt()


def shares(contribution: Float[Tensor, "*any n m"]) -> Float[Tensor, "*any n m"]:
    """The same with rows that sum to 1; a row of nothing stays so."""
    total = contribution.sum(-1, keepdim=True)
    return contribution / total.masked_fill(total == 0, 1)


def _squares(
    v: Float[Tensor, "b h m e"], ways: Float[Tensor, "#b h some e c"]
) -> Float[Tensor, "b h some m"]:
    """|v_j W_i|² for some of the queries i."""
    seen = v.unsqueeze(2) @ (ways @ ways.mT)
    return (seen * v.unsqueeze(2)).sum(-1)
