"""The residual stream before a block, or before the readout."""

from typing import final

from regard.incremental.changes import RankOne
from regard.incremental.entries.entry import Entry
from regard.incremental.known import Network
from regard.incremental.scoring import Losses


@final
class IntoResidual(Entry):
    """A rank-one change before block `layer`; behind the last block, before the readout."""

    def __init__(self, network: Network, layer: int) -> None:
        super().__init__(network)
        self.layer = layer
        behind = layer == network.layers
        self.words = "closed form of the readout" if behind else f"rank one, then from block {layer} on"

    def losses(self, changes: RankOne) -> Losses:
        return self.network.from_residual(self.layer, changes)

    @property
    def cost(self) -> float:
        return self.network.costs.from_residual(self.layer)

    @property
    def numbers(self) -> int:
        return self.network.numbers(self.layer)
