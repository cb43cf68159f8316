"""Faults of memory: what is forgotten, kept, or drawn anew."""

import torch
from torch import Tensor

from faults.sound import Warm
from regard.attention import Mask, Size


class ProjectionIsNoBuffer(Warm):
    """A random projection that state_dict does not know (CAB's Performer, External-Attention's AFT)."""

    def __init__(self, size: Size, *, warmth: float = 2.0) -> None:
        super().__init__(size, warmth=warmth)
        self.projection = torch.randn(size.key_features, size.key_features)

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        return super().forward(q @ self.projection.to(q), k, v, mask)


class BufferNotSaved(Warm):
    """A random projection that moves with the module but is not saved with it."""

    def __init__(self, size: Size, *, warmth: float = 2.0) -> None:
        super().__init__(size, warmth=warmth)
        self.register_buffer(
            "projection", torch.randn(size.key_features, size.key_features), persistent=False
        )

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        return super().forward(q @ self.projection, k, v, mask)


class FreshAdjacency(Warm):
    """Draws other random connections at each call, in eval mode as well."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        edges = torch.rand(q.shape[0], q.shape[2], k.shape[2]) < 0.5
        return super().forward(q, k, v, Mask(edges=edges))


class RemembersAMask(Warm):
    """Keeps the window of one call for the next ones."""

    window: int | None = None

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        self.window = self.window or mask.window
        given = {name: getattr(mask, name) for name in mask.parts}
        return super().forward(q, k, v, Mask(**given | {"window": self.window}))


class ValuesOverwritten(Warm):
    """Writes zeros into the caller's padding."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        if mask.keys is not None:
            v.data.masked_fill_(~mask.keys[:, None, :, None], 0)
        return super().forward(q, k, v, mask)
