"""A recurrent mechanism's memory over time: how much it holds, and what it still returns of each key."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils import _pytree as pytree

from regard.attention.bases.recurrent import Recurrent
from regard.attention.capture import Captured
from regard.attention.checking.inputs import between
from regard.core.errors import UnsupportedUse
from regard.maps.metrics import effective_rank

MATRIX = 4
"""Dimensions of a part of a memory that is matrices: (b, h, ..., d, e)."""


@final
@dataclass(frozen=True, eq=False)
class MemoryOverTime:
    """After each of m positions."""

    size: Float[Tensor, "b h m"]
    """The norm of all of its numbers."""
    rank: Float[Tensor, "b h m"]
    """The effective rank of its matrices, a mean over them."""
    returned: Float[Tensor, "b h m m"]
    """After position t (rows), how much of the value of key j a query reads that is this key: 1 where it is
    given back, 0 where nothing of it is left, and for keys that are not yet written."""


@torch.no_grad()
def memory_over_time(call: Captured) -> MemoryOverTime:
    """Write position after position, and after each ask for all keys so far.

    Raises `UnsupportedUse` for a mechanism without a memory of fixed size, or without keys to ask for.
    """
    mechanism, streams, v = call.mechanism, call.streams, call.values
    if not isinstance(mechanism, Recurrent) or "k" not in streams or "q" not in streams:
        message = f"{mechanism.name} has no memory of fixed size that could be looked at over time."
        raise UnsupportedUse(message)
    prepared = mechanism.prepare(streams.replace(q=streams.k), call.mask)
    memory = pytree.tree_map(lambda each: each.to(v.dtype), mechanism.empty(len(v), v.shape[3], v.device))
    over_time = []
    for t in range(v.shape[2]):
        memory = mechanism.write(between(prepared, t, t + 1), memory)
        held = _held(_matrices(memory, v.shape[1]))
        over_time.append((*held, _returned(mechanism.read(prepared, memory), v, t)))
    size, rank, returned = (torch.stack(each, 2) for each in zip(*over_time, strict=True))
    return MemoryOverTime(size, rank, returned)


def _held(matrices: Sequence[Float[Tensor, "b h _ _ _"]]) -> tuple[Float[Tensor, "b h"], Tensor]:
    """The norm of all numbers, and the mean rank."""
    size = torch.stack([each.flatten(2).norm(dim=2) for each in matrices]).norm(dim=0)
    return size, torch.cat([effective_rank(each) for each in matrices], 2).mean(2)


def _matrices(memory: Any, h: int) -> list[Float[Tensor, "b h _ _ _"]]:
    """The parts of a memory that are matrices of each head, and no counts, maxima or the like."""
    leaves = [leaf for leaf in pytree.tree_leaves(memory) if leaf.dim() >= MATRIX and leaf[0].numel() > h]
    matrices = [leaf for leaf in leaves if leaf.shape[-2] > 1] or leaves
    return [leaf.reshape(len(leaf), h, -1, *leaf.shape[-2:]) for leaf in matrices]


def _returned(read: Float[Tensor, "b h m e"], v: Float[Tensor, "b h m e"], t: int) -> Float[Tensor, "b h m"]:
    share = (read * v).sum(-1) / v.square().sum(-1).clamp_min(torch.finfo(v.dtype).tiny)
    return share.masked_fill(torch.arange(v.shape[2], device=v.device) > t, 0)
