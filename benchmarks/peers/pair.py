"""A mechanism beside the function of another package that computes the same, on the same numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor

from regard import Mask, Mechanism, Size, Streams

Use = Callable[[], Tensor]


@final
@dataclass(frozen=True)
class Setting:
    """On how many positions, heads and features they are compared."""

    n: int
    heads: int
    features: int
    causal: bool

    @property
    def size(self) -> Size:
        """That of the mechanism."""
        return Size(self.heads, self.features, self.features, self.n)

    @property
    def mask(self) -> Mask:
        """That of the mechanism."""
        return Mask(causal=self.causal)

    def drawn(self, mechanism: Mechanism) -> Streams[Tensor]:
        """Every stream that it reads, of one example, collecting gradients."""
        return mechanism.declared.map(
            lambda stream: torch.randn(
                1, 1 if stream.shared else self.heads, self.n, stream.features, requires_grad=True
            )
        )

    def use(self, mechanism: Mechanism, streams: Streams[Tensor]) -> Use:
        """The call of the mechanism."""
        return lambda: mechanism(streams, self.mask)


@final
@dataclass(frozen=True)
class Pair:
    """Both, as calls on the same tensors."""

    mechanism: str
    peer: str
    ours: Use
    theirs: Use
    learned: tuple[Tensor, ...] = ()
    """What collects gradients."""
    note: str = ""
    """Where the definitions differ."""


def positions_first(x: Tensor) -> Tensor:
    """(b, h, n, x) as (b, n, h, x), in which some packages keep their tensors, and back."""
    return x.transpose(1, 2)


def tensors(streams: Streams[Any]) -> tuple[Tensor, ...]:
    """All of them."""
    return tuple(streams)
