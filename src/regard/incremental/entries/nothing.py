"""What is read by nothing."""

from typing import final

import torch

from regard.incremental.changes import Channels
from regard.incremental.entries.entry import Entry
from regard.incremental.scoring import Losses


@final
class IntoNothing(Entry):
    """A change without effect, such as of all keys under softmax by one vector: the loss stays as it is."""

    words = "nothing: what the heads give does not change where all positions do alike"

    def losses(self, changes: Channels) -> Losses:
        return torch.full((len(changes),), self.network.loss, dtype=torch.float64)

    @property
    def cost(self) -> float:
        return 0.0

    @property
    def numbers(self) -> int:
        return 0
