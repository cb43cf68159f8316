"""Many samples as a few tensors."""

from dataclasses import dataclass
from typing import Self, final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from regard.core.errors import InvalidOption

IGNORED = -100
"""The target of a position that is neither trained nor scored (torch's own `ignore_index`)."""


@final
@dataclass(frozen=True, eq=False)
class Samples:
    """b samples: inputs with one target each, or one target per position."""

    inputs: Tensor
    """Token numbers (b, n), int64; pairs of sequences (b, 2, n), int64; or images (b, channels, height,
    width), float32, or uint8 where the task's `prepare` makes floats of them."""
    targets: Int64[Tensor, " b"] | Int64[Tensor, "b n"] | Float[Tensor, "b classes"]
    """Classes; `IGNORED` where there is nothing to predict. In training also probabilities of classes."""
    keys: Bool[Tensor, "b n"] | Bool[Tensor, "b 2 n"] | None = None
    """Which positions are real rather than padding; None if all are."""
    edges: Bool[Tensor, "b n n"] | None = None
    """Which position may read which other one, in graphs; None if there is no graph."""

    def __post_init__(self) -> None:
        for field, each in (("targets", "targets"), ("keys", "rows of keys"), ("edges", "tables of edges")):
            value = getattr(self, field)
            if value is not None and len(value) != len(self.inputs):
                message = f"Samples: {len(self.inputs)} inputs have {len(value)} {each}. Give one for each."
                raise InvalidOption(message)

    @property
    def given(self) -> tuple[Tensor | None, ...]:
        """What a model is called with: inputs, keys, and edges where there are any."""
        return (self.inputs, self.keys) if self.edges is None else (self.inputs, self.keys, self.edges)

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, which: Tensor | slice) -> Self:
        """A selection, in the given order."""
        keys = None if self.keys is None else self.keys[which]
        edges = None if self.edges is None else self.edges[which]
        return type(self)(self.inputs[which], self.targets[which], keys, edges)

    def to(self, device: torch.device | str) -> Self:
        """The same samples on a device."""
        keys = None if self.keys is None else self.keys.to(device)
        edges = None if self.edges is None else self.edges.to(device)
        return type(self)(self.inputs.to(device), self.targets.to(device), keys, edges)
