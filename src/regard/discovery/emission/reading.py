"""Who may read whom, from regard's mask: what the operations of a running program ask."""

from typing import final

import torch
from torch import Tensor

from regard.attention.kernels.scores import per_head
from regard.attention.mask import Mask
from regard.attention.precision import widen
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.core.lazy import lazy
from regard.discovery.emission import standalone

SIDES = {"q": "queries", "q2": "queries", "gate": "queries"}
"""Streams of the queries; all others are of the keys."""


@final
class MaskReading(standalone.Reading):
    """The same as in an exported file, under any mask: dense views are made when they are asked for."""

    def __init__(self, streams: Streams[Tensor], mask: Mask, size: Size) -> None:
        given = dict(streams.items())
        self.n = next((x.shape[2] for name, x in given.items() if name in SIDES), 0)
        self.m = next((x.shape[2] for name, x in given.items() if name not in SIDES), self.n)
        self.n = self.n or self.m - mask.start
        self.streams = {
            name: widen(x) if name in SIDES else widen(per_head(mask.readable(x), size.h))
            for name, x in given.items()
        }
        self.like = next(iter(self.streams.values()))
        self.heads, self.d, self.e = size.h, size.d, size.e
        self.causal, self.keys, self.start = mask.causal, mask.keys, mask.start
        self.temperature, self.length, self.layer = size.temperature, size.length, size.layer
        self.mask = mask

    @lazy
    def allowed(self) -> Tensor | None:
        """Which query may read which key; None for all."""
        return self.mask.allowed(self.n, self.m, self.like.device)

    @lazy
    def added(self) -> Tensor | None:
        """What is added to scores."""
        return self.mask.added(self.n, self.m, self.like.device)

    def nothing(self) -> Tensor | None:
        """Queries that may read no key, (b, h or 1, n, 1); None if there are none for certain."""
        mask = self.mask
        if not mask.may_hide_all(self.n, self.m):
            return None
        if mask.keys is not None and set(mask.parts) <= {"keys", "causal", "start", "slopes"}:
            seen = mask.keys.cumsum(1) if mask.causal else mask.keys.sum(1, keepdim=True)
            last = torch.arange(self.start, self.start + self.n, device=seen.device).clamp_max(
                seen.shape[1] - 1
            )
            return (seen[:, last] if mask.causal else seen.expand(-1, self.n))[:, None, :, None] == 0
        return self._closed()
