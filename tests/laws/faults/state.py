"""Faults of memory: what is forgotten, kept, or drawn anew."""

import dataclasses

import torch
from torch import Tensor

from faults.sound import Warm
from regard.attention import Mask, Size, Streams


class ProjectionIsNoBuffer(Warm):
    """A random projection that state_dict does not know (CAB's Performer, External-Attention's AFT)."""

    def __init__(self, size: Size, *, warmth: float = 2.0) -> None:
        super().__init__(size, warmth=warmth)
        self.projection = torch.randn(size.d, size.d)

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        q = streams.q
        return super().mix(streams.replace(q=q @ self.projection.to(q)), mask)


class BufferNotSaved(Warm):
    """A random projection that moves with the module but is not saved with it."""

    def __init__(self, size: Size, *, warmth: float = 2.0) -> None:
        super().__init__(size, warmth=warmth)
        self.register_buffer("projection", torch.randn(size.d, size.d), persistent=False)

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams.replace(q=streams.q @ self.projection), mask)


class FreshAdjacency(Warm):
    """Draws other random connections at each call, in eval mode as well."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        q, k = streams.q, streams.k
        return super().mix(streams, Mask(edges=torch.rand(q.shape[0], q.shape[2], k.shape[2]) < 0.5))


class RemembersAMask(Warm):
    """Keeps the window of one call for the next ones."""

    window: int | None = None

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        self.window = self.window or mask.window
        return super().mix(streams, dataclasses.replace(mask, window=self.window))


class ValuesOverwritten(Warm):
    """Writes zeros into the caller's padding."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        if mask.keys is not None:
            streams.v.data.masked_fill_(~mask.keys[:, None, :, None], 0)
        return super().mix(streams, mask)
