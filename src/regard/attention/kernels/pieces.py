"""Softmax attention within pieces of a sequence, each of which reads the positions in front as well."""

import torch
from jaxtyping import Bool, Float, Shaped
from torch import Tensor

from regard.attention.kernels.scores import safe_softmax, scores_of
from regard.attention.size import Size


def read_pieces(
    q: Float[Tensor, "b h piece length d"],
    k: Float[Tensor, "b h piece span d"],
    v: Float[Tensor, "b h piece span e"],
    allowed: Bool[Tensor, "#b #h #piece #length span"],
    size: Size,
    added: Float[Tensor, "h #piece length span"] | None = None,
) -> Float[Tensor, "b h piece length e"]:
    """What each query reads from the keys of its piece that are allowed; with none it is 0.

    added: what is added to the scores.
    """
    scores = scores_of(q, k, size)
    if added is not None:
        scores = scores + added.to(scores.dtype)
    return safe_softmax(scores.masked_fill(~allowed, -torch.inf)).to(v.dtype) @ v


def behind(
    front: Shaped[Tensor, "b h front features"], pieces: Shaped[Tensor, "b h piece length features"]
) -> Shaped[Tensor, "b h piece span features"]:
    """The keys, or values, of each piece behind those that stand in front of all."""
    if not front.shape[2]:
        return pieces
    return torch.cat([front.unsqueeze(2).expand(-1, -1, pieces.shape[2], -1, -1), pieces], 3)
