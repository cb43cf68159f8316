"""What the attention of a block reads, behind its normalization."""

from typing import final

from regard.incremental.changes import Channels
from regard.incremental.entries.entry import Entry
from regard.incremental.known import Network
from regard.incremental.scoring import Losses


@final
class IntoAttentionInput(Entry):
    """A change of one feature: rank one in all streams together."""

    def __init__(self, network: Network, layer: int) -> None:
        super().__init__(network)
        self.layer = layer
        self.words = f"rank one in the streams, then from the mixing of block {layer} on"

    def losses(self, changes: Channels) -> Losses:
        return self.network.from_attention_input(self.layer, changes)

    @property
    def cost(self) -> float:
        return self.network.costs.from_residual(self.layer)

    @property
    def numbers(self) -> int:
        return self.network.numbers(self.layer)
