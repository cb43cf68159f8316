"""Dense scores, for mechanisms that form them and for reference paths."""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from regard.attention.mask import Mask


def scaled_scores(
    q: Float[Tensor, "b h n d"], k: Float[Tensor, "b h m d"], mask: Mask
) -> Float[Tensor, "b h n m"]:
    """q kT / sqrt d, with ALiBi's bias if the mask has slopes, and -inf wherever the mask hides a key."""
    n, m = q.shape[2], k.shape[2]
    scores = (q / math.sqrt(q.shape[3])) @ mask.readable(k).mT
    bias = mask.bias(n, m)
    if bias is not None:
        scores = scores + bias.to(scores.dtype)
    allowed = mask.allowed(n, m, q.device)
    return scores if allowed is None else scores.masked_fill(~allowed, -torch.inf)


def safe_rows(
    normalize: Callable[[Tensor], Tensor], scores: Float[Tensor, "... m"]
) -> Float[Tensor, "... m"]:
    """`normalize(scores)`, where a row of nothing but -inf becomes 0 instead of NaN."""
    nothing = (scores == -torch.inf).all(-1, keepdim=True)
    # replaced before it is normalized: a NaN made and then hidden would still poison the gradient
    return normalize(scores.masked_fill(nothing, 0)).masked_fill(nothing, 0)


def safe_softmax(scores: Float[Tensor, "... m"]) -> Float[Tensor, "... m"]:
    """Softmax over the last dimension, where a row of nothing but -inf becomes 0 instead of NaN."""
    return safe_rows(lambda rows: rows.softmax(-1), scores)


def readable_count(mask: Mask, n: int, m: int, device: torch.device | None = None) -> Int64[Tensor, "..."]:
    """How many of m keys each of n queries may read, as (b or 1, 1, n or 1, 1)."""
    allowed = mask.allowed(n, m, device)
    if allowed is None:
        return torch.full((1, 1, 1, 1), m, device=device)
    return allowed.sum(-1, keepdim=True)


def widen(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """The same numbers in float32 at least, for sums and differences that half precision would spoil."""
    return x.to(torch.promote_types(x.dtype, torch.float32))
