"""What a model carries from one piece of a sequence to the next."""

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Bool
from torch import Tensor

from regard.models.attention_state import AttentionState


@final
@dataclass(frozen=True, eq=False)
class ModelState:
    """The state of every layer after `length` positions. Never changed in place."""

    layers: tuple[AttentionState, ...]
    sequences: int
    """b."""
    keys: Bool[Tensor, "b length"] | None = None
    """Which of the positions so far are real rather than padding; None if all are."""
    length: int = 0

    def grown_keys(self, n: int, new: Bool[Tensor, "b n"] | None) -> Bool[Tensor, "b m"] | None:
        """The keys of all positions with n more; None if all are real."""
        if new is None and self.keys is None:
            return None
        known = new if new is not None else self.keys
        assert known is not None
        before = known.new_ones(self.sequences, self.length) if self.keys is None else self.keys
        return torch.cat([before, known.new_ones(self.sequences, n) if new is None else new], 1)
