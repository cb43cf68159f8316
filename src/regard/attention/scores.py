"""Dense scores, for mechanisms that form them and for reference paths."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from regard.attention.mask import Mask
from regard.attention.size import Size


def scaled_scores(
    q: Float[Tensor, "b h n d"], k: Float[Tensor, "b g m d"], mask: Mask, size: Size
) -> Float[Tensor, "b h n m"]:
    """q kT over the temperature, plus the bias, and -inf wherever the mask hides a key."""
    return masked_scores((q / size.temperature) @ per_head(mask.readable(k), q.shape[1]).mT, mask)


def masked_scores(scores: Float[Tensor, "b h n m"], mask: Mask) -> Float[Tensor, "b h n m"]:
    """Scores plus the mask's bias, and -inf wherever the mask hides a key."""
    n, m = scores.shape[2:]
    added, allowed = mask.added(n, m, scores.device), mask.allowed(n, m, scores.device)
    if added is not None:
        scores = scores + added.to(scores.dtype)
    return scores if allowed is None else scores.masked_fill(~allowed, -torch.inf)


def per_head(k: Float[Tensor, "b g m d"], h: int) -> Float[Tensor, "b h m d"]:
    """Keys or values with each head repeated for the query heads of its group."""
    group = h // k.shape[1]
    return k if group == 1 else k.repeat_interleave(group, 1)


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
