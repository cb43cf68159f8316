"""Dense scores, for mechanisms that form them and for reference paths.

Wide scores are float32 at least, whatever the type of q and k, as within the fused kernels: bfloat16 rounds a
score of 100 by up to 0.25, and so its weight by a quarter.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int64, Shaped
from torch import Tensor

from regard.attention.kernels.fused import BLOCK
from regard.attention.mask import Mask
from regard.attention.precision import widen, without_autocast
from regard.attention.size import Size


def scaled_scores(
    q: Float[Tensor, "b h n d"], k: Float[Tensor, "b g m d"], mask: Mask, size: Size
) -> Float[Tensor, "b h n m"]:
    """q kT over the temperature, plus the bias, and -inf wherever the mask hides a key; in the type of q."""
    return wide_scores(q, k, mask, size).to(q.dtype)


def wide_scores(
    q: Float[Tensor, "b h n d"], k: Float[Tensor, "b g m d"], mask: Mask, size: Size
) -> Float[Tensor, "b h n m"]:
    """The same, in float32 at least. Weights made of them have to be given the type of the values."""
    return masked_scores(scores_of(q, per_head(mask.readable(k), q.shape[1]), size), mask)


def scores_of(
    q: Float[Tensor, "... n d"], k: Float[Tensor, "... m d"], size: Size
) -> Float[Tensor, "... n m"]:
    """q kT over the temperature."""
    with without_autocast(q.device):
        return (widen(q) / size.temperature) @ widen(k).mT


def masked_scores(scores: Float[Tensor, "b h n m"], mask: Mask) -> Float[Tensor, "b h n m"]:
    """Scores plus the mask's bias, and -inf wherever the mask hides a key."""
    n, m = scores.shape[2:]
    added, allowed = mask.added(n, m, scores.device), mask.allowed(n, m, scores.device)
    if added is not None:
        scores = scores + added.to(scores.dtype)
    return scores if allowed is None else scores.masked_fill(~allowed, -torch.inf)


def per_head(k: Shaped[Tensor, "b g m d"], h: int) -> Shaped[Tensor, "b h m d"]:
    """Keys, values or what is said of them, with each head repeated for the query heads of its group."""
    group = h // k.shape[1]
    return k if group == 1 else k.repeat_interleave(group, 1)


def safe_softmax(scores: Float[Tensor, "... n m"], mask: Mask | None = None) -> Float[Tensor, "... n m"]:
    """Softmax over the last dimension, where a row of nothing but -inf becomes 0 instead of NaN.

    mask: what the scores were hidden by, as in `safe_rows`.
    """
    return safe_rows(lambda rows: rows.softmax(-1), scores, mask)


def safe_rows(
    normalize: Callable[[Tensor], Tensor], scores: Float[Tensor, "... n m"], mask: Mask | None = None
) -> Float[Tensor, "... n columns"]:
    """`normalize(scores)`, where a row of nothing but -inf becomes 0 instead of NaN.

    normalize: from rows of scores to rows of weights, among which there may be some of no key.
    mask: what the scores were hidden by. Under one that leaves every query a key no such row is looked for,
        which would copy the scores twice.
    """
    if mask is not None and not mask.may_hide_all(*scores.shape[-2:]):
        return normalize(scores)
    nothing = (scores == -torch.inf).all(-1, keepdim=True)
    # replaced before it is normalized: a NaN made and then hidden would still poison the gradient
    return normalize(scores.masked_fill(nothing, 0)).masked_fill(nothing, 0)


def readable_count(mask: Mask, n: int, m: int, device: torch.device | None = None) -> Int64[Tensor, "..."]:
    """How many of m keys each of n queries may read, as (b or 1, 1, n or 1, 1); in blocks of queries."""
    counts = []
    for first in range(0, n, BLOCK):
        rows = min(BLOCK, n - first)
        allowed = mask.queries(first, first + rows).allowed(rows, m, device)
        if allowed is None:
            return torch.full((1, 1, 1, 1), m, device=device)
        counts.append(allowed.sum(-1, keepdim=True).expand(-1, -1, rows, -1))
    return torch.cat(counts, 2)
