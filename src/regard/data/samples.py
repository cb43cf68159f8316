"""Many samples as a few tensors."""

from dataclasses import dataclass
from typing import Self

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from regard.core.errors import InvalidOption

IGNORED = -100
"""The target of a position that is neither trained nor scored (torch's own `ignore_index`)."""


@dataclass(frozen=True, eq=False)
class Samples:
    """b samples: inputs with one target each, or one target per position."""

    inputs: Tensor
    """Token numbers (b, n), int64, or images (b, channels, height, width), float32."""
    targets: Int64[Tensor, " b"] | Int64[Tensor, "b n"]
    """Classes; `IGNORED` where there is nothing to predict."""
    keys: Bool[Tensor, "b n"] | None = None
    """Which positions are real rather than padding; None if all are."""

    def __post_init__(self) -> None:
        if len(self.targets) != len(self.inputs):
            message = (
                f"Samples: {len(self.inputs)} inputs have {len(self.targets)} targets. Give one for each."
            )
            raise InvalidOption(message)
        if self.keys is not None and len(self.keys) != len(self.inputs):
            message = (
                f"Samples: {len(self.inputs)} inputs have {len(self.keys)} rows of keys. Give one for each."
            )
            raise InvalidOption(message)

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, which: Tensor | slice) -> Self:
        """A selection, in the given order."""
        keys = None if self.keys is None else self.keys[which]
        return type(self)(self.inputs[which], self.targets[which], keys)

    def to(self, device: torch.device | str) -> Self:
        """The same samples on a device."""
        keys = None if self.keys is None else self.keys.to(device)
        return type(self)(self.inputs.to(device), self.targets.to(device), keys)
