"""The residual stream between the attention of a block and its feed-forward layer."""

from typing import final

from regard.incremental.changes import RankOne
from regard.incremental.entries.entry import Entry
from regard.incremental.known import Network
from regard.incremental.scoring import Losses


@final
class IntoMiddle(Entry):
    """A rank-one change of what the feed-forward layer of block `layer` reads."""

    def __init__(self, network: Network, layer: int) -> None:
        super().__init__(network)
        self.layer = layer
        self.words = f"rank one, then from the feed-forward layer of block {layer} on"

    def losses(self, changes: RankOne) -> Losses:
        return self.network.from_middle(self.layer, changes)

    @property
    def cost(self) -> float:
        return self.network.costs.from_middle(self.layer)

    @property
    def numbers(self) -> int:
        return self.network.numbers(self.layer)
