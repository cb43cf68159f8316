"""What the feed-forward layer of a block reads, behind its normalization."""

from typing import final

from regard.incremental.changes import Channels
from regard.incremental.entries.entry import Entry
from regard.incremental.known import Network
from regard.incremental.scoring import Losses


@final
class IntoFeedForwardInput(Entry):
    """A change of one feature: rank one in the hidden layer."""

    def __init__(self, network: Network, layer: int) -> None:
        super().__init__(network)
        self.layer = layer
        self.words = f"rank one in the hidden layer, then from the feed-forward layer of block {layer} on"

    def losses(self, changes: Channels) -> Losses:
        return self.network.from_feed_forward_input(self.layer, changes)

    @property
    def cost(self) -> float:
        return self.network.costs.from_middle(self.layer)

    @property
    def numbers(self) -> int:
        return self.network.numbers(self.layer)
