"""Scores of some queries over some keys that stand anywhere in one sequence."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from regard.attention.kernels.scores import scores_of
from regard.attention.mask import Mask
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
    hidden = []
    if mask.causal:
        hidden.append(offsets > 0)
    if mask.window is not None:
        hidden.append(offsets.abs() > mask.window)
    if mask.keys is not None:
        hidden.append(~mask.keys.gather(1, keys.expand(len(mask.keys), -1)).unsqueeze(1))
    if mask.segments is not None:
        own, others = (mask.segments.gather(1, at.expand(len(mask.segments), -1)) for at in (queries, keys))
        hidden.append(own.unsqueeze(2) != others.unsqueeze(1))
    for each in hidden:
        scores = scores.masked_fill(each.unsqueeze(1), -torch.inf)
    return scores
