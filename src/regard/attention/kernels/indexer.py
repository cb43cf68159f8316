"""A light score of each pair by which all heads choose what they read, and the penalty by which it learns."""

import math

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from regard.attention.streams import Stream

MOST_FEATURES = 1024
"""More features make no index light."""


def index_streams(heads: int, features: int) -> dict[str, Stream]:
    """Those of the queries: one query for each head of the index, and a weight of the head."""
    queries = Stream(heads * features, of="queries", shared=True)
    return {"index_q": queries, "index_weight": Stream(heads, of="queries", shared=True)}


def fits(q: Float[Tensor, "b 1 n queries"], k: Float[Tensor, "b 1 m c"]) -> Float[Tensor, "b 1 n heads m"]:
    """ReLU(q_a · k / √c) for each head a of the index, with one key for all of them."""
    b, _, n, queries = q.shape
    m, c = k.shape[2:]
    heads = queries // c
    scores = q.reshape(b, n * heads, c) @ k.squeeze(1).mT / math.sqrt(c)
    return scores.relu().reshape(b, 1, n, heads, m)


def index_scores(
    q: Float[Tensor, "b 1 n queries"], weight: Float[Tensor, "b 1 n heads"], k: Float[Tensor, "b 1 m c"]
) -> Float[Tensor, "b 1 n m"]:
    """Σ_a w_a ReLU(q_a · k / √c) over the heads a of the index."""
    return (weight.unsqueeze(3) @ fits(q, k)).squeeze(3)


def index_matmul_flops(n: int, m: int, heads: int, features: int) -> int:
    """Operations of the matrix products in `index_scores`."""
    return 2 * n * m * heads * (features + 1)


def choosing_flops(n: int, m: int, heads: int) -> int:
    """All other operations: ReLU and scale, and a sort of every row."""
    return 2 * n * m * heads + sorting_flops(n, m)


def sorting_flops(rows: int, length: int) -> int:
    """Operations of `largest`."""
    return rows * length * math.ceil(math.log2(max(length, 2)))


def largest(scores: Float[Tensor, "b c n m"], keep: int) -> Int64[Tensor, "b c n r"]:
    """The places of the `keep` largest scores of each row; of equal ones the later counts as larger."""
    # a stable sort: which of equal scores `topk` takes depends on the device and the length
    return scores.detach().argsort(dim=-1, stable=True)[..., -keep:]


def divergence(
    weights: Float[Tensor, "b h n r"],
    scores: Float[Tensor, "b c n r"],
    queries: Bool[Tensor, "#b 1 n"] | None = None,
) -> Float[Tensor, ""]:
    """How far softmax of the index scores is from the mean weights of the heads, detached: mean over queries.

    The Kullback-Leibler divergence, over what has a score, -inf being none. Each of c heads of scores is
    compared with as many heads of weights. `queries` says which are no padding.
    """
    readable = scores.detach() > -torch.inf
    b, c, n, r = scores.shape
    target = weights.detach().reshape(b, c, weights.shape[1] // c, n, r).mean(2) * readable
    target = target / target.sum(-1, keepdim=True).clamp(min=torch.finfo(target.dtype).tiny)
    # a finite number: of nothing but -inf the gradient is NaN
    logs = scores.masked_fill(~readable, torch.finfo(scores.dtype).min).log_softmax(-1)
    apart = (torch.xlogy(target, target) - target * logs).sum(-1)
    reading = readable.any(-1) if queries is None else readable.any(-1) & queries
    return (apart * reading).sum() / reading.sum().clamp(min=1)
