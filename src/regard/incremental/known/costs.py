"""Multiply-adds of what follows from a change, for each candidate."""

from collections.abc import Sequence
from typing import final

from regard.incremental.known.attention import KnownAttention
from regard.incremental.known.feed_forward import KnownFeedForward


@final
class Costs:
    """Of products and rank-one updates; normalizations and activations are left out."""

    def __init__(
        self,
        attentions: Sequence[KnownAttention],
        feed_forwards: Sequence[KnownFeedForward],
        readout: float,
        embedding: float,
    ) -> None:
        self.attentions, self.feed_forwards = attentions, feed_forwards
        self.readout = readout
        self.forward = embedding + sum(map(self.from_block_alone, range(len(attentions)))) + readout
        """Of the whole model."""

    def from_residual(self, layer: int) -> float:
        """A rank-one change before a block, or before the readout."""
        if layer == len(self.attentions):
            return self.readout / self.attentions[0].enter.y.shape[1]
        known = self.attentions[layer]
        return known.wide.numel() + self._mixing(known) + self._leaving(known) + self.from_middle_dense(layer)

    def from_stream(self, layer: int, groups: int) -> float:
        """A change of a stream of which so many parts act apart."""
        known = self.attentions[layer]
        return (self._mixing(known) + self._leaving(known)) / groups + self.from_middle_dense(layer)

    def from_middle(self, layer: int) -> float:
        """A rank-one change before a feed-forward layer."""
        known = self.feed_forwards[layer]
        return known.before.numel() + known.x.shape[0] * known.second.numel() + self.from_output(layer)

    def from_middle_dense(self, layer: int) -> float:
        """Another input of a feed-forward layer."""
        known = self.feed_forwards[layer]
        return known.x.shape[0] * (known.first.numel() + known.second.numel()) + self.from_output(layer)

    def from_output(self, layer: int) -> float:
        """Another output of a block."""
        if layer + 1 == len(self.attentions):
            return self.readout
        known = self.attentions[layer + 1]
        entering = len(known.inputs) * known.enter.scaled.numel()
        return entering + self._mixing(known) + self._leaving(known) + self.from_middle_dense(layer + 1)

    def from_block(self, layer: int) -> float:
        """A block computed anew, and what follows."""
        return self.from_block_alone(layer) + self.from_output(layer)

    def from_block_alone(self, layer: int) -> float:
        """One block at all positions."""
        known, after = self.attentions[layer], self.feed_forwards[layer]
        matrix = 0 if known.matrix is None else known.matrix.numel()
        each = known.enter.scaled.numel() + matrix + after.first.numel() + after.second.numel()
        return len(known.inputs) * each + self._mixing(known)

    def _mixing(self, known: KnownAttention) -> float:
        cost = known.attention.mechanism.cost(known.n, known.n, known.mask)
        return known.b * (cost.matmul_flops + cost.other_flops) / 2

    def _leaving(self, known: KnownAttention) -> float:
        return 0 if known.matrix is None else len(known.opened) * known.matrix.numel()
