"""Layers without a rule for a parameter: computed anew with the changed weight, one after another."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call

from regard.incremental.changes import Replaced
from regard.incremental.entries.entry import Entry
from regard.incremental.known import Network
from regard.incremental.scoring import Losses


@final
class IntoBlock(Entry):
    """A parameter of a block: the block is computed anew, and all candidates go on together behind it."""

    def __init__(self, network: Network, layer: int, name: str) -> None:
        super().__init__(network)
        self.layer, self.name = layer, name
        self.words = f"block {layer} computed anew for each candidate, for want of a rule"

    def losses(self, changes: Replaced) -> Losses:
        known, attention = self.network, self.network.attentions[self.layer]
        block = known.model.blocks[self.layer]
        shape = known.batch.x.shape
        before = known.batch.x if self.layer == 0 else known.feed_forwards[self.layer - 1].out.view(shape)
        found = [
            functional_call(block, {self.name: weight}, (before, known.batch.mask)).flatten(0, 1)
            for weight in replaced(block.get_parameter(self.name), changes)
        ]
        return known.from_output(self.layer, attention.at_rows(torch.stack(found)))

    @property
    def cost(self) -> float:
        return self.network.costs.from_block(self.layer)

    @property
    def numbers(self) -> int:
        return self.network.numbers(self.layer)


@final
class IntoMixing(Entry):
    """A number of the mechanism's own: the heads are mixed anew from streams that are known, and all
    candidates go on together behind them.
    """

    def __init__(self, network: Network, layer: int, name: str) -> None:
        super().__init__(network)
        self.layer, self.name = layer, name
        self.words = f"the mixing of block {layer} computed anew for each candidate, for want of a rule"

    def losses(self, changes: Replaced) -> Losses:
        known = self.network.attentions[self.layer]
        parameter = known.attention.mechanism.get_parameter(self.name)
        found = [known.mix(known.streams, 1, {self.name: weight}) for weight in replaced(parameter, changes)]
        return self.network.from_heads(self.layer, torch.cat(found))

    @property
    def cost(self) -> float:
        return self.network.costs.from_stream(self.layer, 1)

    @property
    def numbers(self) -> int:
        return self.network.numbers(self.layer)


@final
class IntoReadout(Entry):
    """A parameter of the readout: it is computed anew."""

    words = "the readout computed anew for each candidate, for want of a rule"

    def __init__(self, network: Network, name: str) -> None:
        super().__init__(network)
        self.name = name

    def losses(self, changes: Replaced) -> Losses:
        known, readout = self.network, self.network.model.readout
        x = known.feed_forwards[-1].out.view(known.batch.x.shape)
        found: list[Tensor] = [
            functional_call(readout, {self.name: weight}, (x, known.batch.mask.keys))
            for weight in replaced(readout.get_parameter(self.name), changes)
        ]
        return known.scoring.of_logits(torch.stack(found).reshape(len(found), *known.readout.logits.shape))

    @property
    def cost(self) -> float:
        return self.network.costs.readout

    @property
    def numbers(self) -> int:
        return self.network.readout.logits.numel()


def replaced(parameter: nn.Parameter, changes: Replaced) -> list[Float[Tensor, "..."]]:
    """The parameter after each change; itself it stays as it is."""
    found = []
    for index, delta in zip(changes.indices.tolist(), changes.deltas, strict=True):
        weight = parameter.detach().clone(memory_format=torch.contiguous_format)
        weight.view(-1)[index] += delta
        found.append(weight)
    return found
