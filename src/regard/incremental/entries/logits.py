"""The logits, and what they are made of."""

from typing import final

from regard.incremental.changes import Channels, RankOne
from regard.incremental.entries.entry import Entry
from regard.incremental.known import LinearReadout, Network
from regard.incremental.scoring import Losses


@final
class IntoReadoutInput(Entry):
    """A change of the logits along one direction: O(classes) for each position."""

    words = "closed form of the readout"

    def __init__(self, network: Network, readout: LinearReadout) -> None:
        super().__init__(network)
        self.logits = readout.logits

    def losses(self, changes: RankOne) -> Losses:
        return self.network.scoring.of_logits(changes.added_to(self.logits))

    @property
    def cost(self) -> float:
        return self.logits.numel()

    @property
    def numbers(self) -> int:
        return 3 * self.logits.numel()


@final
class IntoLogits(Entry):
    """A change of the logit of one class: O(1) for each position, by a new log of the sum of exponentials."""

    words = "closed form of the loss"

    def __init__(self, network: Network, readout: LinearReadout) -> None:
        super().__init__(network)
        self.logits = readout.logits

    def losses(self, changes: Channels) -> Losses:
        return self.network.scoring.of_channels(self.logits, changes)

    @property
    def cost(self) -> float:
        return len(self.logits)

    @property
    def numbers(self) -> int:
        return 6 * len(self.logits)
