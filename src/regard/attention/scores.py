"""Dense scores, for mechanisms that form them and for reference paths."""

import math

import torch
from jaxtyping import Float
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


def safe_softmax(scores: Float[Tensor, "... m"]) -> Float[Tensor, "... m"]:
    """Softmax over the last dimension, where a row of nothing but -inf becomes 0 instead of NaN."""
    nothing = (scores == -torch.inf).all(-1, keepdim=True)
    # replaced before the softmax: a NaN made and then hidden would still poison the gradient
    return scores.masked_fill(nothing, 0).softmax(-1).masked_fill(nothing, 0)
