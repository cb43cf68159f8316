"""A feed-forward layer whose input is known, or changes."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.incremental.changes import Channels, RankOne
from regard.incremental.normed_linear import Affine, NormedLinear
from regard.incremental.product import product
from regard.models.block import Block


@final
class KnownFeedForward:
    """x + W2 act(W1 norm(x) + b1) + b2 at t positions, with all that lies between."""

    def __init__(self, block: Block, x: Float[Tensor, "tokens c"]) -> None:
        first, self.activation, second = block.feedforward[0], block.feedforward[1], block.feedforward[2]
        assert isinstance(first, nn.Linear) and isinstance(second, nn.Linear)
        self.x = x
        self.enter = NormedLinear(block.norm_feedforward, Affine(first.weight, first.bias), x, None)
        self.first, self.second = first.weight, second.weight
        self.bias = second.bias
        self.normalized = self.enter.normalized
        self.inputs = block.norm_feedforward(x)
        self.before = first(self.inputs)
        """What the activation reads (t, f)."""
        self.hidden = self.activation(self.before)
        self.out = x + second(self.hidden)

    def of_dense(self, x: Float[Tensor, "p tokens c"]) -> Float[Tensor, "p tokens c"]:
        """The output for other inputs."""
        return self._leave(self.enter.of_dense(x)).add_(x)

    def of_rank_one(self, change: RankOne) -> Float[Tensor, "p tokens c"]:
        """The output for inputs changed along one direction."""
        return self._leave(self.enter.of_rank_one(change)).add_(change.added_to(self.x))

    def of_inputs(self, changes: Channels) -> Float[Tensor, "p tokens c"]:
        """The output where a channel of the normalized input changed."""
        before = changes.along(self.first.T).added_to(self.before)
        return self._leave(before).add_(self.x)

    def of_units(self, changes: Channels) -> RankOne:
        """What changes in the output where a unit of the hidden layer reads something else."""
        known = self.before.T[changes.channels]
        moved = self.activation(known + changes.amounts) - self.hidden.T[changes.channels]
        return Channels(changes.channels, moved).along(self.second.T)

    def _leave(self, before: Float[Tensor, "p tokens hidden"]) -> Float[Tensor, "p tokens c"]:
        # in place: a second tensor of that size would drive the first one out of the cache
        return product(torch.ops.aten.gelu_(before), self.second, self.bias)


def unit_directions(like: Float[Tensor, "tokens c"]) -> Float[Tensor, "c c"]:
    """Channel i of what is added to the residual stream writes to feature i of it."""
    return torch.eye(like.shape[1], dtype=like.dtype, device=like.device)
