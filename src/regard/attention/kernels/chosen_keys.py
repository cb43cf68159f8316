"""Softmax over a few keys that are chosen for each query.

Where they are many beside all keys, products with all are less work than copies of the chosen: n m numbers
instead of n r d. So it is up to m = r d, and from there on no n x m tensor is made.
"""

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from regard.attention.kernels.scores import per_head, safe_softmax, scores_of
from regard.attention.mask import Mask
from regard.attention.size import Size
from regard.attention.streams import Streams


@final
@dataclass(frozen=True)
class Choice:
    """Positions of r keys for every query, c = h or, where all heads read the same, c = 1."""

    at: Int64[Tensor, "b c n r"]
    readable: Bool[Tensor, "b c n r"]
    """Which of them are read: a query may have fewer than r keys."""


def weigh(streams: Streams[Tensor], mask: Mask, choice: Choice, size: Size) -> Float[Tensor, "b h n r"]:
    """Softmax of the scores of the chosen keys; a query that has none reads nothing."""
    q, k, r = streams.q, mask.readable(streams.k), choice.at.shape[3]
    if _products_are_less(k.shape[2], r, size.d):
        at = choice.at.expand(*q.shape[:3], -1)
        scores = scores_of(q, per_head(k, size.h), size).gather(3, at)
    else:
        scores = scores_of(q.unsqueeze(3), _taken(k, choice, size.h), size).squeeze(3)
    return safe_softmax(scores.masked_fill(~choice.readable, -torch.inf))


def read(
    streams: Streams[Tensor], mask: Mask, choice: Choice, weights: Float[Tensor, "b h n r"]
) -> Float[Tensor, "b h n e"]:
    """The values of the chosen keys, weighted."""
    v, h, r = mask.readable(streams.v), weights.shape[1], weights.shape[3]
    if _products_are_less(v.shape[2], r, v.shape[3]):
        return spread(weights, choice, v.shape[2]) @ per_head(v, h)
    return (weights.unsqueeze(3) @ _taken(v, choice, h)).squeeze(3)


def spread(weights: Float[Tensor, "b h n r"], choice: Choice, m: int) -> Float[Tensor, "b h n {m}"]:
    """The weights of the chosen keys among those of all m, which are 0."""
    none = weights.new_zeros(*weights.shape[:3], m)
    return none.scatter_add(3, choice.at.expand_as(weights), weights)


def matmul_flops(n: int, m: int, r: int, size: Size) -> int:
    """Operations of the matrix products, for one head."""
    return (
        2
        * n
        * sum(features * (m if _products_are_less(m, r, features) else r) for features in (size.d, size.e))
    )


def _products_are_less(m: int, r: int, features: int) -> bool:
    return m <= r * features


def _taken(x: Float[Tensor, "b g m features"], choice: Choice, h: int) -> Float[Tensor, "b h n r features"]:
    """The chosen keys or values of each query."""
    (b, g, m, features), (n, r) = x.shape, choice.at.shape[2:]
    heads = torch.arange(b * g, device=x.device).view(b, g).repeat_interleave(h // g, 1)
    rows = (m * heads[:, :, None, None] + choice.at).flatten()
    # rows of one matrix are copied faster than by three indices
    return x.reshape(-1, features).index_select(0, rows).view(b, h, n, r, features)
