"""A model on a batch with all that lies between, and what follows from a change anywhere."""

from typing import final

from jaxtyping import Float
from torch import Tensor

from regard.data.samples import Samples
from regard.incremental.changes import Channels, RankOne
from regard.incremental.known.attention import KnownAttention
from regard.incremental.known.batch import KnownBatch
from regard.incremental.known.costs import Costs
from regard.incremental.known.feed_forward import KnownFeedForward
from regard.incremental.known.readout import known_readout
from regard.incremental.scoring import Losses
from regard.models.block import Block
from regard.models.transformer import Transformer
from regard.objectives.cross_entropy import CrossEntropy


@final
class Network:
    """The activations of a transformer at its weights as they are, and from there to losses of candidates.

    All candidates of a call are computed at once: k of them lie side by side as k times the batch.
    """

    def __init__(self, model: Transformer, objective: CrossEntropy, batch: Samples) -> None:
        known = self.batch = KnownBatch(model, objective, batch)
        self.model = model
        self.attentions: list[KnownAttention] = []
        self.feed_forwards: list[KnownFeedForward] = []
        x = known.x
        for block in model.blocks:
            assert isinstance(block, Block)
            last = block is model.blocks[-1]
            attention = KnownAttention(
                block, x, known.mask, known.rows if last else None, last and known.first_alone
            )
            feed_forward = KnownFeedForward(block, attention.after)
            self.attentions.append(attention)
            self.feed_forwards.append(feed_forward)
            if not last:
                x = feed_forward.out.unflatten(0, (known.b, known.n))
        self.readout = known_readout(model.readout, feed_forward.out, known)
        self.scoring = known.scoring(self.readout.logits)
        read, v = self.readout.logits.shape
        entered = len(known.live) * known.embedding_cost
        self.costs = Costs(self.attentions, self.feed_forwards, read * v * known.x.shape[2], entered)
        self.loss = float(self.scoring.of_logits(self.readout.logits.unsqueeze(0))[0])

    @property
    def layers(self) -> int:
        """How many blocks there are."""
        return len(self.attentions)

    def numbers(self, layer: int) -> int:
        """Numbers that a candidate holds at once which changes block `layer`, about."""
        if layer == self.layers:
            return 4 * self.readout.logits.numel()
        known, after = self.attentions[layer], self.feed_forwards[layer]
        return max(
            2 * known.wide.numel() + 2 * known.inputs.numel(), 2 * after.before.numel() + 2 * after.x.numel()
        )

    def from_residual(self, layer: int, change: RankOne) -> Losses:
        """Losses where what block `layer` reads changed; the readout stands behind the last block."""
        if layer == self.layers:
            return self.scoring.of_logits(self.readout.of_rank_one(change))
        attention = self.attentions[layer]
        mixed = attention.of_wide(attention.enter.of_rank_one(change))
        known = self.residual(layer)
        return self.from_middle_dense(layer, mixed.add_(change.at(attention.rows).added_to(known)))

    def from_attention_input(self, layer: int, changes: Channels) -> Losses:
        """Losses where a channel of what the attention of a block reads changed."""
        mixed = self.attentions[layer].of_inputs(changes)
        return self.from_middle_dense(layer, mixed.add_(self.residual(layer)))

    def from_heads(self, layer: int, merged: Float[Tensor, "p n c"]) -> Losses:
        """Losses where what the heads of a block give side by side is altogether another."""
        middle = self.attentions[layer].behind(merged).add(self.residual(layer))
        return self.from_middle_dense(layer, middle)

    def from_middle(self, layer: int, change: RankOne) -> Losses:
        """Losses where what the feed-forward layer of a block reads changed."""
        return self.from_output(layer, self.feed_forwards[layer].of_rank_one(change))

    def from_middle_dense(self, layer: int, x: Float[Tensor, "p n c"]) -> Losses:
        """The same where it is altogether another."""
        return self.from_output(layer, self.feed_forwards[layer].of_dense(x))

    def from_feed_forward_input(self, layer: int, changes: Channels) -> Losses:
        """Losses where a channel behind the normalization of a feed-forward layer changed."""
        return self.from_output(layer, self.feed_forwards[layer].of_inputs(changes))

    def from_output(self, layer: int, x: Float[Tensor, "p n c"]) -> Losses:
        """Losses where what a block gives is altogether another."""
        if layer + 1 == self.layers:
            return self.scoring.of_logits(self.readout.of_dense(x))
        attention = self.attentions[layer + 1]
        mixed = attention.of_wide(attention.enter.of_dense(x))
        return self.from_middle_dense(layer + 1, mixed.add_(attention.at_rows(x)))

    def residual(self, layer: int) -> Float[Tensor, "n c"]:
        """What block `layer` reads, at the positions that are read behind its attention."""
        before = self.batch.x.flatten(0, 1) if layer == 0 else self.feed_forwards[layer - 1].out
        return self.attentions[layer].at_rows(before)
