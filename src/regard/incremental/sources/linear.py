"""A linear map: a weight adds its input to one output, a bias adds 1."""

from typing import final

from jaxtyping import Float, Int64
from torch import Tensor

from regard.incremental.changes import Channels
from regard.incremental.sources.source import Source


@final
class Weight(Source):
    """A matrix (outputs, inputs)."""

    def __init__(self, inputs: Float[Tensor, "tokens in"]) -> None:
        self.inputs = inputs.T.contiguous()

    def changes(self, indices: Int64[Tensor, " p"], deltas: Float[Tensor, " p"]) -> Channels:
        read = self.inputs[indices % len(self.inputs)]
        return Channels(indices // len(self.inputs), read.mul_(deltas.unsqueeze(1)))


@final
class Offset(Source):
    """A bias.

    live: 1 where it acts, 0 where its output is silenced.
    """

    def __init__(self, live: Float[Tensor, " tokens"]) -> None:
        self.live = live

    def changes(self, indices: Int64[Tensor, " p"], deltas: Float[Tensor, " p"]) -> Channels:
        return Channels(indices, deltas.unsqueeze(1) * self.live)
