"""Which keys a mechanism has chosen, and how much of softmax's mass they would have."""

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from regard.attention.bases.chosen import Chosen
from regard.attention.capture import Captured
from regard.attention.kernels.scores import safe_softmax, scaled_scores
from regard.core.errors import UnsupportedUse
from regard.maps.operator import implied_operator


@final
@dataclass(frozen=True, eq=False)
class Selection:
    """Of each query."""

    chosen: Bool[Tensor, "b h n m"]
    """Which keys it reads."""
    recalled: Float[Tensor, "b h n"]
    """The share of the mass of softmax over all allowed keys that lies on them; 1 where none was left out."""


@torch.no_grad()
def selection(call: Captured) -> Selection:
    """That of one call. Raises `UnsupportedUse` for a mechanism that leaves no key unread by content."""
    mechanism, streams = call.mechanism, call.streams
    if not mechanism.traits.chooses:
        raise UnsupportedUse(f"{mechanism.name} reads all allowed keys: there is no selection to look at.")
    chosen = implied_operator(call).matrix != 0
    if isinstance(mechanism, Chosen):
        streams = mechanism.prepare(streams, call.mask)
    scores = scaled_scores(streams.q, streams.k, call.mask, mechanism.size)
    dense = safe_softmax(scores, call.mask)
    recalled = (dense * chosen).sum(-1) / dense.sum(-1).clamp_min(torch.finfo(dense.dtype).tiny)
    return Selection(chosen, recalled)
