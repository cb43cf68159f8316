"""Scores of some queries over some keys that stand anywhere in one sequence."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from regard.attention.mask import Mask
from regard.attention.scores import scores_of
from regard.attention.size import Size


def placed_scores(
    q: Float[Tensor, "b h some d"],
    k: Float[Tensor, "b h others d"],
    queries: Int64[Tensor, "#b some"],
    keys: Int64[Tensor, "#b others"],
    mask: Mask,
    size: Size,
) -> Float[Tensor, "b h some others"]:
    """q kT over the temperature, plus the bias, and -inf wherever the mask hides a key from a query.

    queries, keys: where they stand. The mask is that of the whole sequence; of its parts those are heeded
        that are `causal`, `keys`, `window` and `segments`, and of its bias `slopes` and `table`.
    """
    scores = scores_of(q, k, size)
    offsets = keys.unsqueeze(1) - queries.unsqueeze(2)
    added = mask.bias.added(offsets.flatten(0, 1))
    if added is not None:
        added = added.reshape(len(added), *offsets.shape).transpose(0, 1)
        scores = scores + added.to(scores.dtype)
    allowed = torch.ones_like(offsets, dtype=torch.bool)
    if mask.causal:
        allowed = allowed & (offsets <= 0)
    if mask.window is not None:
        allowed = allowed & (offsets.abs() <= mask.window)
    if mask.keys is not None:
        hidden = ~mask.keys.gather(1, keys.expand(len(mask.keys), -1))
        allowed = allowed & ~hidden.unsqueeze(1)
    if mask.segments is not None:
        own, others = (mask.segments.gather(1, at.expand(len(mask.segments), -1)) for at in (queries, keys))
        allowed = allowed & (own.unsqueeze(2) == others.unsqueeze(1))
    return scores.masked_fill(~allowed.unsqueeze(1), -torch.inf)
